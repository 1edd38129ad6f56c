//! The guard: nothing leaves that its operation does not declare.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Body, Context, Request};

use super::Trace;
use crate::Cloud;

/// The body, where it lies in memory.
fn body(request: &Request) -> &[u8] {
    match request.body() {
        Body::Bytes(bytes) => bytes,
        Body::SeekableStream(_) => &[],
    }
}

/// Refuses a request that is no instance of the operation in whose name it is sent.
///
/// It stands last, behind everything that could change a request.
#[derive(Debug)]
pub(crate) struct Guard(pub(crate) Cloud);

#[async_trait]
impl Policy for Guard {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let trace = ctx.value::<Arc<Trace>>();
        let declared = trace.is_some_and(|t| {
            let (method, url) = (request.method(), request.url());
            t.operation().covers(self.0, method, url)
                || t.operation().covers_batch(self.0, method, url, body(request))
        });
        let (Some((first, rest)), true) = (next.split_first(), declared) else {
            if let Some(trace) = trace {
                trace.refuse();
            }
            let name = trace.map_or("no operation", |t| t.operation().name);
            let text = format!("{} of this address is not what {name} declares", request.method());
            return Err(azure_core::Error::with_message(ErrorKind::Other, text));
        };
        first.send(ctx, request, rest).await
    }
}
