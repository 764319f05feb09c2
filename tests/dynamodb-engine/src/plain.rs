//! The SDK's HTTP client, moved to this crate's runtime.

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::runtime;

/// A client for `url`, with a connection pool of its own.
pub(crate) fn client(url: &str) -> SharedHttpClient {
    SharedHttpClient::new(Plain(if url.starts_with("https:") { https() } else { http() }))
}

fn http() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}

#[cfg(feature = "https")]
fn https() -> SharedHttpClient {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https()
}

#[cfg(not(feature = "https"))]
fn https() -> SharedHttpClient {
    panic!("an https endpoint wants the feature `https` of keyloom-dynamodb-engine")
}

#[derive(Debug)]
struct Plain(SharedHttpClient);

impl HttpClient for Plain {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(PlainConnector(self.0.http_connector(settings, components)))
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

#[derive(Debug)]
struct PlainConnector(SharedHttpConnector);

impl HttpConnector for PlainConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.0.clone();
        HttpConnectorFuture::new(async move {
            runtime::run(exchange(connector, request))
                .await
                .unwrap_or_else(|stopped| Err(ConnectorError::other(stopped.into(), None)))
        })
    }
}

/// One request and its whole answer, so that nothing is left to read outside of the runtime.
async fn exchange(
    connector: SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let mut response = connector.call(request).await?;
    let body = ByteStream::new(response.take_body())
        .collect()
        .await
        .map_err(|error| ConnectorError::io(error.into()))?;
    *response.body_mut() = SdkBody::from(body.into_bytes());
    Ok(response)
}
