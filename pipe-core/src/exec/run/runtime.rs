//! The runtime of async steps.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

use super::worker::{Message, Ticket};
use crate::exec::error::NodeProblem;
use crate::exec::panics;
use crate::step::{Inputs, Step};

/// Made when the first async step runs. It ends with the run.
#[derive(Default)]
pub(super) struct AsyncSteps(Option<Runtime>);

impl AsyncSteps {
    /// Starts a step; its answer is sent.
    pub(super) fn start(
        &mut self,
        step: Arc<dyn Step>,
        inputs: Inputs,
        (node, ticket): (usize, Ticket),
        sender: Sender<Message>,
    ) -> std::io::Result<AbortHandle> {
        let runtime = match &mut self.0 {
            Some(runtime) => runtime,
            empty => {
                // With several threads, for what a step computes with Polars on the way.
                let runtime = Builder::new_multi_thread()
                    .worker_threads(2)
                    .thread_name("pipe-async")
                    .enable_all()
                    .build()?;
                empty.insert(runtime)
            }
        };
        let answer = runtime.spawn(async move { step.process_async(inputs).await });
        let abort = answer.abort_handle();
        runtime.spawn(async move {
            let result = match answer.await {
                Ok(result) => result.map_err(NodeProblem::Step),
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => Err(NodeProblem::Panic(panics::describe(&*panic))),
                    // Withdrawn: nobody waits for it.
                    Err(_) => return,
                },
            };
            // The run is over if nobody listens.
            let _ = sender.send(Message::Answered {
                node,
                ticket,
                result: result.map(Box::new),
            });
        });
        Ok(abort)
    }
}

impl Drop for AsyncSteps {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
