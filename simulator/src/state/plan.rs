//! What a simulator starts with, and goes back to when it is reset.

use std::io;

use serde_json::Value;

use crate::state::holdings::Holdings;
use crate::state::world::{Settings, World};
use crate::state::{initial, seed};

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) estate: bool,
    pub(crate) seed: Option<Value>,
    pub(crate) device_interval: i64,
    pub(crate) settings: Settings,
}

impl Plan {
    pub(crate) fn world(&self, port: u16) -> io::Result<World> {
        let mut settings = self.settings.clone();
        settings.auth_url = format!("http://127.0.0.1:{port}");
        let mut world = World::new(settings);
        world.oauth.interval = self.device_interval;
        world.holdings = Holdings::of_the_estate();
        // A seed that names no models is not held to any.
        let names_models = self
            .seed
            .as_ref()
            .is_some_and(|seed| seed.get("models").is_some());
        if names_models {
            world.holdings = Holdings::default();
        }
        world.holdings.is_open = !self.estate && !names_models;
        if self.estate {
            initial::furnish(&mut world);
        }
        if let Some(seed) = &self.seed {
            seed::sow(&mut world, seed).map_err(|problem| {
                io::Error::new(io::ErrorKind::InvalidInput, format!("seed: {problem}"))
            })?;
        }
        world.log.clear();
        Ok(world)
    }
}
