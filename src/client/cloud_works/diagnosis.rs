//! Diagnoses of runs.

use super::{CloudWorks, Request, Result, maybe_async, operations};
use crate::error::Error;
use crate::models::cloud_works::{ActionError, ActionId, IntegrationId, RunId, SingleIntegration};
use crate::runs::{ActionDiagnosis, Diagnosis, RunOutcome};

use super::dumps::ErrorDump;

/// How many rejected rows of an action are enough to see what is wrong.
const SAMPLE_ROWS: usize = 5;

#[maybe_async]
impl CloudWorks<'_> {
    /// Why a run did not go well: its outcome, what its actions said, the first five rows that
    /// each of them rejected, and what to do about it where a source says so. Printed, it is fit
    /// for a ticket. A run that succeeded has remedies, too, for what the service does not tell:
    /// an export with nothing but its header row.
    ///
    #[doc = example!(
        "let diagnosis = client.cw().diagnose(\"152b8666a0234754afc36f1cde0fd9d2\")", "?;\n\
         println!(\"{diagnosis}\");"
    )]
    /// # Errors
    /// 404 when there is no such run; and as every call. What else cannot be read is not an
    /// error: it is named among the [`gaps`](Diagnosis::gaps).
    ///
    /// Reference: `GET /integrations/run/{runId}`, `GET /integrations/runerror/{runId}`, and the
    /// dumps.
    pub async fn diagnose(&self, run: impl Into<RunId>) -> Result<Diagnosis> {
        let run = run.into();
        let status = self.get_run_status(&run).await?;
        let mut diagnosis = Diagnosis::new(RunOutcome::from(&status));
        let mut integration = None;
        if let Some(id) = &status.integration_id {
            let found = self.get_integration(id).await;
            match found {
                Ok(found) => integration = Some(found),
                Err(error) => diagnosis.gaps.push(format!("the integration: {error}")),
            }
        }
        diagnosis.integration_name = integration.as_ref().map(|found| found.name.clone());
        if !matches!(
            diagnosis.outcome,
            RunOutcome::Succeeded(_) | RunOutcome::StillRunning(_)
        ) {
            self.find_reasons(&run, integration.as_ref(), &mut diagnosis)
                .await;
        }
        diagnosis.find_remedies(integration.as_ref());
        Ok(diagnosis)
    }

    /// Why the latest run of an integration did not go well; `None` when it never ran. As
    /// [`diagnose`](Self::diagnose), for those who do not have the run's id: the service leaves it
    /// out of an integration's latest run.
    ///
    #[doc = example!(
        "if let Some(diagnosis) = client\n    .cw()\n    .diagnose_latest(\"840ccd8a279a454d99577d9538f24f09\")\n    ", "? {\n    \
         println!(\"{diagnosis}\");\n}"
    )]
    /// # Errors
    /// 404 when there is no such integration; and as [`diagnose`](Self::diagnose).
    ///
    /// Reference: `GET /integrations/runs/{integrationId}`, and those of
    /// [`diagnose`](Self::diagnose).
    pub async fn diagnose_latest(
        &self,
        integration: impl Into<IntegrationId>,
    ) -> Result<Option<Diagnosis>> {
        let (runs, _) = self.newest_runs(&integration.into()).await?;
        // Of several that began at once, the one that the history lists first.
        let latest = runs.iter().rev().max_by_key(|run| run.began());
        let Some(latest) = latest else {
            return Ok(None);
        };
        let diagnosis = self.diagnose(&latest.id).await?;
        Ok(Some(diagnosis))
    }

    /// What the actions said and rejected.
    async fn find_reasons(
        &self,
        run: &RunId,
        integration: Option<&SingleIntegration>,
        diagnosis: &mut Diagnosis,
    ) {
        let error = self.get_run_error(run).await;
        let error = error.unwrap_or_else(|error| {
            diagnosis.gaps.push(format!("the run error: {error}"));
            None
        });
        if let Some(error) = &error {
            diagnosis.count_rows(error);
        }
        for action in error.iter().flat_map(|error| error.actions()) {
            let mut found = of_action(action);
            if action.failure_dump_generated != Some(false) {
                let dump = self.dump_of(run, integration, found.action.as_ref()).await;
                let read = rejected(dump, &mut found).await;
                if let Err(error) = read {
                    diagnosis.gaps.push(format!("rejected rows: {error}"));
                }
            }
            diagnosis.actions.push(found);
        }
        if diagnosis.actions.is_empty() {
            // A dump may be there although no action claims it, as after a partial success.
            let mut found = ActionDiagnosis::default();
            let dump = ErrorDump::open(
                self.session,
                operations::get_import_error_dump(run.as_str()),
            )
            .await;
            let read = rejected(found_or_none(dump), &mut found).await;
            match read {
                Ok(()) if found.rejected.is_empty() => {}
                Ok(()) => diagnosis.actions.push(found),
                Err(error) => diagnosis.gaps.push(format!("rejected rows: {error}")),
            }
        }
    }

    /// Where the rejected rows of an action stand: at the action in a process, at the run of an
    /// import.
    async fn dump_of(
        &self,
        run: &RunId,
        integration: Option<&SingleIntegration>,
        action: Option<&ActionId>,
    ) -> Result<Option<ErrorDump>> {
        let places: [Option<Request>; 2] = [
            action
                .filter(|_| integration.is_none_or(|it| it.process_id.is_some()))
                .map(|action| operations::get_process_error_dump(run.as_str(), action.as_str())),
            Some(operations::get_import_error_dump(run.as_str())),
        ];
        for request in places.into_iter().flatten() {
            let opened = ErrorDump::open(self.session, request).await;
            match found_or_none(opened) {
                Ok(None) => {}
                opened => return opened,
            }
        }
        Ok(None)
    }
}

fn of_action(action: &ActionError) -> ActionDiagnosis {
    let messages = action.error_message.iter().map(|message| {
        let text = message.local_message_text.clone();
        let text = text.or_else(|| message.message_type.clone());
        (text.unwrap_or_default(), message.occurrences)
    });
    ActionDiagnosis {
        action: action.action_id.clone(),
        name: action.action_name.clone(),
        messages: messages.collect(),
        ..ActionDiagnosis::default()
    }
}

fn found_or_none(opened: Result<ErrorDump>) -> Result<Option<ErrorDump>, Error> {
    match opened {
        Ok(dump) => Ok(Some(dump)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes the first rows; the rest of the file is left where it is.
#[maybe_async]
async fn rejected(dump: Result<Option<ErrorDump>>, found: &mut ActionDiagnosis) -> Result<()> {
    let Some(dump) = dump? else { return Ok(()) };
    let mut dump = dump.rows();
    loop {
        let row = dump.next_row().await?;
        let Some(row) = row else { return Ok(()) };
        if found.rejected.len() == SAMPLE_ROWS {
            found.has_more = true;
            return Ok(());
        }
        found.rejected.push(row);
    }
}
