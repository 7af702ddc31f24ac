//! What every part of the simulator shares.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::http::faults::{Fault, Faults, Kind};
use crate::http::limit::Limit;
use crate::http::recorder::Recorder;
use crate::state::plan::Plan;
use crate::state::world::World;

/// Whether anybody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    /// Nobody listens at the port.
    Closed,
    /// The simulator stops.
    Over,
}

/// How the service is to answer, as the builder says.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) latency: Duration,
    pub(crate) page_cap: usize,
    pub(crate) lookup_page_cap: usize,
    pub(crate) keep: Option<usize>,
    pub(crate) gzip: bool,
    pub(crate) hosts: Vec<String>,
    pub(crate) limit: Option<Limit>,
    /// What `reset` goes back to.
    pub(crate) plan: Plan,
}

/// One simulator's insides.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) port: u16,
    pub(crate) page_cap: usize,
    pub(crate) lookup_page_cap: usize,
    pub(crate) latency: Duration,
    pub(crate) gzip: bool,
    /// The names beside those of this machine by which it is asked.
    pub(crate) hosts: Vec<String>,
    limit: Mutex<Option<Limit>>,
    pub(crate) recorder: Mutex<Recorder>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) gate: watch::Sender<Gate>,
    listening: AtomicBool,
    pub(crate) plan: Plan,
    world: Mutex<World>,
}

impl Shared {
    pub(crate) fn new(port: u16, world: World, setup: Setup) -> Self {
        Self {
            port,
            page_cap: setup.page_cap.max(1),
            lookup_page_cap: setup.lookup_page_cap.max(1),
            latency: setup.latency,
            gzip: setup.gzip,
            hosts: setup.hosts,
            limit: Mutex::new(setup.limit),
            recorder: Mutex::new(Recorder::keeping(setup.keep)),
            faults: Mutex::default(),
            gate: watch::Sender::new(Gate::Open),
            listening: AtomicBool::new(false),
            plan: setup.plan,
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

    /// Puts a fault in force. To refuse connections is not for later, but for now.
    pub(crate) fn fault(self: &Arc<Self>, fault: Fault) -> u64 {
        if let Kind::RefuseFor(duration) = fault.kind {
            self.gate.send_replace(Gate::Closed);
            let shared = Arc::clone(self);
            thread::spawn(move || {
                thread::sleep(duration);
                shared.gate.send_if_modified(|gate| {
                    let closed = *gate == Gate::Closed;
                    if closed {
                        *gate = Gate::Open;
                    }
                    closed
                });
            });
        }
        self.faults().add(fault)
    }
}

/// A test that panicked while it held the lock must not take the others with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
