//! What every part of the simulator shares.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::builder::SimulatorBuilder;
use crate::faults::Faults;
use crate::limit::Limit;
use crate::recorder::Recorder;
use crate::world::World;

/// Whether anybody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    /// Nobody listens at the port.
    Closed,
    /// The simulator stops.
    Over,
}

/// One simulator's insides.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) port: u16,
    pub(crate) page_cap: usize,
    pub(crate) latency: Duration,
    pub(crate) gzip: bool,
    /// The names beside those of this machine by which it is asked.
    pub(crate) hosts: Vec<String>,
    limit: Mutex<Option<Limit>>,
    pub(crate) recorder: Mutex<Recorder>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) gate: watch::Sender<Gate>,
    listening: AtomicBool,
    /// What `reset` goes back to.
    plan: SimulatorBuilder,
    world: Mutex<World>,
}

impl Shared {
    pub(crate) fn new(port: u16, world: World, plan: SimulatorBuilder) -> Self {
        Self {
            port,
            page_cap: plan.page_cap.max(1),
            latency: plan.latency,
            gzip: plan.gzip,
            hosts: plan.hosts.clone(),
            limit: Mutex::new(plan.limit.clone()),
            recorder: Mutex::new(Recorder::keeping(plan.keep)),
            faults: Mutex::default(),
            gate: watch::Sender::new(Gate::Open),
            listening: AtomicBool::new(false),
            plan,
            world: Mutex::new(world),
        }
    }

    /// Lets a request in, or says when to come again.
    pub(crate) fn admit(&self) -> Result<(), u64> {
        lock(&self.limit)
            .as_mut()
            .map_or(Ok(()), |limit| limit.take(Instant::now()))
    }

    /// Is the port open at this moment?
    pub(crate) fn is_listening(&self) -> bool {
        self.listening.load(Ordering::SeqCst)
    }

    pub(crate) fn set_listening(&self, listening: bool) {
        self.listening.store(listening, Ordering::SeqCst);
    }

    /// The state, brought up to the present.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = lock(&self.world);
        world.advance();
        world
    }

    /// Everything as it was at the start.
    pub(crate) fn reset(&self) {
        if let Ok(world) = self.plan.world(self.port) {
            *lock(&self.world) = world;
        }
        self.recorder().clear();
        self.faults().clear();
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        lock(&self.recorder)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }
}

/// A test that panicked while it held the lock must not take the others with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
