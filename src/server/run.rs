//! A server's life: serve, drain softly, then cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use futures_util::future::OptionFuture;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tonic::service::Routes;
use tonic::transport::Server as Transport;
use tonic_health::server::HealthReporter;

use super::connection::{Terms, incoming};
use super::doors::Doors;
use super::metrics::{Page, Recorder};
use super::pages::Site;
use super::roll::Roll;
use super::store::Opened;
use super::tls::Door;
use super::{Options, sources, standard};
use crate::broker::Broker;
use crate::grpc::{self, AuthLayer, GateLayer, GateLimits, LevelLayer, ObserveLayer, SeatLayer};

/// How a server ended; none while it runs.
pub(super) type Ending = Option<Result<(), String>>;

/// Most calls at once on one connection; past it the client's own library waits.
const STREAMS_PER_CONNECTION_MAX: u32 = 256;

/// How long a connection may say nothing before it is asked whether it is there.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// How long it may take to answer that.
const KEEPALIVE_DEADLINE: Duration = Duration::from_secs(20);

/// How long connections that were cut may take to end.
const CUT_DEADLINE: Duration = Duration::from_secs(2);

/// Everything that a running server is made of.
pub(super) struct Run {
    options: Options,
    opened: Opened,
    broker: Arc<Broker>,
    doors: Arc<Doors>,
    routes: Routes,
    reporter: HealthReporter,
    page: Option<Page>,
    site: Option<Site>,
    is_ready: watch::Sender<bool>,
}

impl Run {
    /// Puts the faces before the use cases.
    pub(super) fn new(
        options: Options,
        opened: Opened,
        broker: Arc<Broker>,
        doors: Arc<Doors>,
        measured: Option<(Recorder, TcpListener)>,
        site: Option<Site>,
        page_key: [u8; 32],
    ) -> anyhow::Result<Self> {
        let routes = grpc::routes(Arc::clone(&broker), page_key);
        let (routes, reporter) = standard::add(routes)?;
        let (is_ready, readiness) = watch::channel(false);
        let page = measured.map(|(recorder, listener)| {
            let broker = Arc::clone(&broker);
            Page::serve(recorder, listener, opened.clone(), broker, readiness)
        });
        Ok(Self {
            options,
            opened,
            broker,
            doors,
            routes,
            reporter,
            page: page.transpose()?,
            site,
            is_ready,
        })
    }

    /// Where measurements are served, if they are.
    pub(super) fn metrics_addr(&self) -> Option<SocketAddr> {
        self.page.as_ref().map(Page::addr)
    }

    /// Serves until told to stop, or until the store stops; then drains, and closes the store.
    pub(super) async fn until_stopped(
        mut self,
        listener: TcpListener,
        mut stopping: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let (drain, draining) = watch::channel(false);
        let (cut, is_cut) = watch::channel(false);
        let roll = Roll::new(self.options.connections_per_address_max);
        let gate = self.gate(draining.clone(), Arc::clone(&roll));
        let terms = |door, roll| Terms {
            connections_max: self.options.connections_max,
            silence_deadline: self.options.silence_deadline,
            cut: is_cut.clone(),
            draining: draining.clone(),
            roll,
            tls: self.doors.tls(door),
            handshake_deadline: self.options.handshake_deadline,
        };
        let unread = tokio::spawn(gate.clone().give_up_unread());
        let api = self.serve(listener, draining.clone(), terms(Door::Api, roll), gate);
        let pages_terms = terms(Door::Pages, self.pages_roll());
        let pages = self.site.take().map(|site| site.serve(pages_terms));
        let mut serving = tokio::spawn(async {
            let pages = async {
                OptionFuture::from(pages).await;
                Ok(())
            };
            tokio::try_join!(api, pages).map(drop)
        });
        standard::report(&self.reporter, true).await;
        self.is_ready.send_replace(true);
        let readiness = tokio::spawn(standard::report_readiness(
            self.reporter.clone(),
            Arc::clone(&self.broker),
            self.is_ready.clone(),
        ));
        let watching = watch_files(Arc::clone(&self.doors), self.options.reload_interval);
        let watching = tokio::spawn(watching);
        let outcome = tokio::select! {
            // A server that was dropped is told to stop, too.
            _ = stopping.wait_for(|is| *is) => Ok(()),
            why = self.opened.stopped() => Err(anyhow!("the store has stopped: {why}")),
            ended = &mut serving => Err(match ended {
                Ok(Err(error)) => error.context("serving broke off"),
                Ok(Ok(())) => anyhow!("serving ended by itself"),
                Err(broken) => anyhow::Error::new(broken).context("serving broke off"),
            }),
        };
        readiness.abort();
        watching.abort();
        self.is_ready.send_replace(false);
        standard::report(&self.reporter, false).await;
        drain.send_replace(true);
        if !serving.is_finished() && !ends_within(&mut serving, self.options.drain_deadline).await {
            tracing::warn!("calls in flight are cut: the drain deadline has passed");
            cut.send_replace(true);
            if !ends_within(&mut serving, CUT_DEADLINE).await {
                serving.abort();
            }
        }
        unread.abort();
        self.opened.close().await;
        tracing::info!("stopped");
        outcome
    }

    fn gate(&self, draining: watch::Receiver<bool>, roll: Arc<Roll>) -> GateLayer {
        let options = &self.options;
        let limits = GateLimits {
            calls_max: options.calls_max,
            streams_max: options.streams_max,
            call_deadline: options.call_deadline,
            idle_deadline: options.idle_deadline,
            unread_deadline: options.unread_deadline,
            grace: options.drain_deadline / 2,
        };
        GateLayer::new(limits, draining, Arc::new(move |peer| roll.cut(peer)))
    }

    fn serve(
        &self,
        listener: TcpListener,
        mut draining: watch::Receiver<bool>,
        terms: Terms,
        gate: GateLayer,
    ) -> impl Future<Output = anyhow::Result<()>> + use<> {
        let serving = Transport::builder()
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_DEADLINE))
            .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
            .layer(ObserveLayer::new(sources::entropy()))
            .layer(gate)
            .layer(AuthLayer::with_terms(
                Arc::clone(&self.broker),
                self.options.failures,
            ))
            .layer(SeatLayer)
            .layer(LevelLayer::new(Arc::clone(&self.broker)))
            .add_routes(self.routes.clone())
            .serve_with_incoming_shutdown(incoming(listener, terms), async move {
                let _ = draining.wait_for(|is| *is).await;
            });
        async { Ok(serving.await?) }
    }

    /// The roll of the connections to the pages: behind a proxy all come from one address.
    fn pages_roll(&self) -> Arc<Roll> {
        let has_proxy = self.site.as_ref().is_some_and(Site::has_proxy);
        Roll::new(if has_proxy {
            self.options.connections_max
        } else {
            self.options.connections_per_address_max
        })
    }
}

/// Reads files again, every so often, if they have changed.
async fn watch_files(doors: Arc<Doors>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let doors = Arc::clone(&doors);
        // What went wrong is logged where it is found; the next look comes all the same.
        let _ = tokio::task::spawn_blocking(move || doors.reload()).await;
    }
}

/// Whether serving ended within a time.
async fn ends_within<T>(serving: &mut JoinHandle<T>, time: Duration) -> bool {
    tokio::time::timeout(time, serving).await.is_ok()
}
