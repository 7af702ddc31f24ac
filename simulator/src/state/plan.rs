//! What a simulator starts with, and goes back to when it is reset.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde_json::Value;

use crate::state::holdings::Holdings;
use crate::state::world::{Settings, World};
use crate::state::{initial, seed};

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) estate: bool,
    pub(crate) seed: Option<Value>,
    pub(crate) device_interval: i64,
    /// The address that it listens at.
    pub(crate) listen: IpAddr,
    pub(crate) settings: Settings,
}

impl Plan {
    /// Where it is found from this machine.
    pub(crate) fn url(&self, port: u16) -> String {
        let address = match self.listen {
            IpAddr::V4(all) if all.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(all) if all.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            one => one,
        };
        format!("http://{}", SocketAddr::new(address, port))
    }

    pub(crate) fn world(&self, port: u16) -> io::Result<World> {
        let mut settings = self.settings.clone();
        settings.auth_url = self.url(port);
        // A slip in a seed is told, whatever requests may say.
        settings.strict = true;
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
        world.settings.strict = self.settings.strict;
        world.log.clear();
        Ok(world)
    }
}
