//! What a simulator starts with, and goes back to when it is reset.

use std::io;

use serde_json::Value;

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
