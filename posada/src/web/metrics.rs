//! What `/metrics` says: the server's figures under the names that Prometheus knows them by.
//!
//! They are read when somebody asks; nothing is kept here. `docs/web.md` lists them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::figures::Figures;

/// The media type of what [`Metrics::text`] writes.
pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The server's figures, to be asked for.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
}

#[derive(Debug)]
struct Collected {
    figures: Arc<Figures>,
    /// The listeners' names, by their index.
    listeners: Vec<&'static str>,
}

impl Metrics {
    pub(super) fn new(figures: Arc<Figures>, listeners: Vec<&'static str>) -> Self {
        let mut registry = Registry::with_prefix("posada");
        registry.register_collector(Box::new(Collected { figures, listeners }));
        Self { registry }
    }

    /// All of them, as `OpenMetrics` text.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let figures = &*self.figures;
        self.sessions(&mut encoder)?;
        let counters: [(&str, &str, &AtomicU64); 7] = [
            ("connections_accepted", "Connections that were let in", &figures.accepted),
            ("connections_refused", "Connections that found no place", &figures.refused),
            ("requests", "Requests that clients made", &figures.requests),
            ("batches", "Batches made durable", &figures.batches),
            ("log_bytes", "Bytes of entries made durable", &figures.bytes),
            ("slow_clients_cut", "Clients cut because they did not read", &figures.slow),
            ("shed", "Requests refused because too many had come", &figures.shed),
        ];
        for (name, help, figure) in counters {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            metric.encode_counter::<NoLabelSet, _, u64>(&figure.load(Relaxed), None)?;
        }
        let gauges = [
            ("log_seq", "The last entry on disk", figures.seq.load(Relaxed)),
            (
                "read_only",
                "1: no space, changes are refused",
                figures.read_only.load(Relaxed).into(),
            ),
            ("closing", "1: the server is closing", figures.closing.load(Relaxed).into()),
        ];
        for (name, help, value) in gauges {
            encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)?;
        }
        let classes = figures.syncs.classes();
        let count = classes.iter().map(|(_, count)| count).sum();
        let help = "How long a batch took to be durable";
        encoder
            .encode_descriptor("sync_seconds", help, None, MetricType::Histogram)?
            .encode_histogram::<NoLabelSet>(figures.syncs.total_seconds(), count, &classes, None)
    }
}

impl Collected {
    fn sessions(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Sessions open at each listener";
        let mut metric = encoder.encode_descriptor("sessions", help, None, MetricType::Gauge)?;
        for (name, figure) in self.listeners.iter().zip(&self.figures.sessions) {
            let labels = [("listener", *name)];
            metric.encode_family(&labels)?.encode_gauge(&figure.load(Relaxed))?;
        }
        Ok(())
    }
}
