//! The SDK's HTTP client with faults in it.

use std::io;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use serde_json::Value;
use tokio::net::TcpSocket;

use super::fault::Rewrite;
use super::{Answer, Fault, Faults, Loss, Record, Request, Rewritten, lock};
use crate::runtime;

/// A client that asks `faults` about each request to `inner`.
pub(super) fn client(faults: Faults, inner: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(Faulty { faults, inner })
}

#[derive(Debug)]
struct Faulty {
    faults: Faults,
    inner: SharedHttpClient,
}

impl HttpClient for Faulty {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(FaultyConnector {
            faults: self.faults.clone(),
            inner: self.inner.http_connector(settings, components),
            read_timeout: settings.read_timeout(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

#[derive(Clone, Debug)]
struct FaultyConnector {
    faults: Faults,
    inner: SharedHttpConnector,
    read_timeout: Option<Duration>,
}

type Outcome = Result<HttpResponse, ConnectorError>;

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (fault, record) = self.faults.decide(Request::of(&request));
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            let answered = runtime::run(connector.exchange(request, fault, record.clone()))
                .await
                .unwrap_or_else(|stopped| Err(ConnectorError::other(stopped.into(), None)));
            if let Ok(response) = &answered {
                lock(&record).client = Some(measure(response));
            }
            answered
        })
    }
}

impl FaultyConnector {
    async fn exchange(self, request: HttpRequest, fault: Fault, record: Record) -> Outcome {
        let slow = self.apply(request, fault, &record);
        match self.read_timeout {
            Some(limit) => {
                tokio::time::timeout(limit, slow).await.unwrap_or_else(|_| Err(lost(Loss::Timeout)))
            }
            None => slow.await,
        }
    }

    async fn apply(&self, request: HttpRequest, fault: Fault, record: &Record) -> Outcome {
        match fault {
            Fault::Pass => self.deliver(request, record).await,
            Fault::Delay(time) => {
                tokio::time::sleep(time).await;
                self.deliver(request, record).await
            }
            Fault::LoseAnswer(loss) => {
                self.deliver(request, record).await?;
                Err(lost(loss))
            }
            Fault::LoseRequest(loss) => Err(lost(loss)),
            Fault::DeliverLate(loss, after) => {
                self.deliver_late(request, after, record.clone());
                Err(lost(loss))
            }
            Fault::Refuse => self.refuse(request).await,
            Fault::Hang => std::future::pending().await,
            Fault::HangAfterApplying => {
                self.deliver(request, record).await?;
                std::future::pending().await
            }
            Fault::Answer(answer) => answer.try_into(),
            Fault::AnswerAfterApplying(answer) => {
                self.deliver(request, record).await?;
                answer.try_into()
            }
            Fault::Rewrite(rewrite) => self.rewrite(request, &rewrite, record).await,
        }
    }

    async fn deliver(&self, request: HttpRequest, record: &Record) -> Outcome {
        let response = self.inner.call(request).await?;
        lock(record).engine = Some(measure(&response));
        Ok(response)
    }

    /// Delivers a request in the background, where nothing that its client does can stop it.
    fn deliver_late(&self, request: HttpRequest, after: Duration, record: Record) {
        let connector = self.clone();
        connector.faults.0.late.send_modify(|late| *late += 1);
        let arrived = Arrived(self.faults.clone());
        runtime::handle().spawn(async move {
            let _arrived = arrived;
            tokio::time::sleep(after).await;
            // The client has long been told that the answer is lost, so this one is nobody's.
            let _ = connector.deliver(request, &record).await;
        });
    }

    /// Sends a request where nobody listens, so that the error is a real one.
    async fn refuse(&self, mut request: HttpRequest) -> Outcome {
        let nobody = nobody().map_err(|error| ConnectorError::user(error.into()))?;
        request
            .set_uri(format!("http://{nobody}/"))
            .map_err(|error| ConnectorError::user(error.into()))?;
        self.inner.call(request).await
    }

    async fn rewrite(&self, mut request: HttpRequest, how: &Rewrite, record: &Record) -> Outcome {
        let (sent, answered) = match (how.0)(json(request.body())) {
            Rewritten::Send(sent, answered) => (sent, answered),
            Rewritten::Answer(answer) => return Answer::json(200, &answer).try_into(),
        };
        let body = sent.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        let response = self.deliver(request, record).await?;
        let mut answer = json(response.body());
        answered(&mut answer);
        Answer::json(response.status().as_u16(), &answer).try_into()
    }
}

/// Counts a late request as delivered, or as lost for good.
struct Arrived(Faults);

impl Drop for Arrived {
    fn drop(&mut self) {
        self.0.0.late.send_modify(|late| *late -= 1);
    }
}

impl TryFrom<Answer> for HttpResponse {
    type Error = ConnectorError;

    fn try_from(Answer { status, body }: Answer) -> Result<Self, ConnectorError> {
        let status =
            status.try_into().map_err(|_| ConnectorError::user("no HTTP status".into()))?;
        let mut response = Self::new(status, SdkBody::from(body));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        Ok(response)
    }
}

/// The error of a lost answer, as hyper's client gives it.
fn lost(loss: Loss) -> ConnectorError {
    match loss {
        Loss::Reset => ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into()),
        Loss::Closed => ConnectorError::other(
            "connection closed before message completed".into(),
            Some(ErrorKind::TransientError),
        ),
        Loss::Timeout => ConnectorError::timeout(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

/// An address that refuses connections and that nobody else can take: bound, and not listened on.
fn nobody() -> io::Result<SocketAddr> {
    static NOBODY: OnceLock<TcpSocket> = OnceLock::new();
    if let Some(socket) = NOBODY.get() {
        return socket.local_addr();
    }
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    NOBODY.get_or_init(|| socket).local_addr()
}

fn json(body: &SdkBody) -> Value {
    body.bytes().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default()
}

fn measure(response: &HttpResponse) -> (u16, usize) {
    (response.status().as_u16(), response.body().bytes().map_or(0, <[u8]>::len))
}
