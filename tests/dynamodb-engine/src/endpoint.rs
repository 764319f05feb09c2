//! Where a test's tables are.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fmt, io};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region, SharedAsyncSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use dynoxide::Database;
use tokio::sync::oneshot;

use crate::{Faults, plain, runtime};

/// The environment variable that names a server to use instead of the one in this process, such as
/// `http://127.0.0.1:8000`.
pub const ENDPOINT_VARIABLE: &str = "KEYLOOM_DYNAMODB_ENDPOINT";

/// A database for one test, which lives until the last clone of this is dropped.
///
/// Without [`ENDPOINT_VARIABLE`] it is a dynoxide server on a free port of the loopback interface, and
/// goes with all it holds. With it, the test's tables are those whose names begin with the
/// [prefix](Endpoint::prefix), and they are deleted. A client outlives neither.
///
/// A server that is named takes its credentials and region from `AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_REGION`, where they are set. One that is
/// reached through `https` wants the feature `https`.
#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

struct Inner {
    url: String,
    prefix: String,
    access: Access,
    http: SharedHttpClient,
    life: Life,
}

/// What ends with an endpoint.
enum Life {
    /// The server of this process; it stops when the sender is dropped.
    Server { database: Database, _stop: oneshot::Sender<()> },
    /// The tables on another server.
    Tables,
    /// Nothing: another endpoint owns both.
    Guest,
}

struct Access {
    region: String,
    key: String,
    secret: String,
    token: Option<String>,
}

impl Endpoint {
    /// A new and empty database.
    ///
    /// # Panics
    ///
    /// If no server can be started.
    pub fn fresh() -> Self {
        let prefix = format!("keyloom-{}-", &uuid::Uuid::new_v4().simple().to_string()[..16]);
        if let Some(url) = variable(ENDPOINT_VARIABLE) {
            return Self::new(url, prefix, Life::Tables);
        }
        let (url, life) = serve().expect("the loopback interface has a free port");
        Self::new(url, prefix, life)
    }

    /// The database of another endpoint, perhaps of another process, by its url and prefix. It removes
    /// nothing.
    pub fn join(url: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self::new(url.into(), prefix.into(), Life::Guest)
    }

    fn new(url: String, prefix: String, life: Life) -> Self {
        let http = plain::client(&url);
        let access = match life {
            Life::Server { .. } => Access::dummy(),
            Life::Tables | Life::Guest => Access::from_environment(),
        };
        Self(Arc::new(Inner { url, prefix, access, http, life }))
    }

    /// Whether the server is another program's.
    pub fn is_external(&self) -> bool {
        !matches!(self.0.life, Life::Server { .. })
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// How the names of this test's tables begin.
    pub fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// The name of this test's table `name`.
    pub fn table(&self, name: &str) -> String {
        format!("{}{name}", self.0.prefix)
    }

    /// What an SDK client of this database is made of. Retries are off.
    pub fn config(&self) -> Builder {
        self.0.config(self.0.http.clone())
    }

    /// A client of this database. Retries are off.
    pub fn client(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    /// As [`Endpoint::config`], with `faults` between client and server.
    pub fn config_with(&self, faults: &Faults) -> Builder {
        self.0.config(faults.wrap(self.0.http.clone()))
    }

    /// As [`Endpoint::client`], with `faults` between client and server.
    pub fn client_with(&self, faults: &Faults) -> Client {
        Client::from_conf(self.config_with(faults).build())
    }

    /// Removes expired items now and says how many: the server of this process does it at no other
    /// time. `None` if the server is another program's.
    ///
    /// # Panics
    ///
    /// If the server fails.
    pub fn sweep_expired(&self) -> Option<usize> {
        match &self.0.life {
            Life::Server { database, .. } => {
                Some(database.sweep_ttl().expect("the server removes expired items"))
            }
            Life::Tables | Life::Guest => None,
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { url, prefix, .. } = &*self.0;
        formatter.debug_struct("Endpoint").field("url", url).field("prefix", prefix).finish()
    }
}

impl Inner {
    fn config(&self, http: SharedHttpClient) -> Builder {
        let Access { region, key, secret, token } = &self.access;
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .credentials_provider(Credentials::new(key, secret, token.clone(), None, "keyloom"))
            .endpoint_url(&self.url)
            .retry_config(RetryConfig::disabled())
            .sleep_impl(SharedAsyncSleep::new(runtime::Timer))
            .http_client(http)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !matches!(self.life, Life::Tables) {
            return;
        }
        let client = Client::from_conf(self.config(self.http.clone()).build());
        let prefix = self.prefix.clone();
        let (done, finished) = std::sync::mpsc::channel();
        runtime::handle().spawn(async move {
            let _ = done.send(remove_tables(&client, &prefix).await);
        });
        // A failed removal must not hide the failure of a test that is unwinding.
        match finished.recv_timeout(Duration::from_mins(1)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("tables {}* may be left: {error}", self.prefix),
            Err(_) => eprintln!("tables {}* may be left: no answer in a minute", self.prefix),
        }
    }
}

impl Access {
    /// A number of 12 digits is an account of its own to some servers.
    fn dummy() -> Self {
        Self {
            region: "us-east-1".into(),
            key: "000000000001".into(),
            secret: "dummy".into(),
            token: None,
        }
    }

    fn from_environment() -> Self {
        let dummy = Self::dummy();
        Self {
            region: variable("AWS_REGION").unwrap_or(dummy.region),
            key: variable("AWS_ACCESS_KEY_ID").unwrap_or(dummy.key),
            secret: variable("AWS_SECRET_ACCESS_KEY").unwrap_or(dummy.secret),
            token: variable("AWS_SESSION_TOKEN"),
        }
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Starts a server on an empty database in memory.
fn serve() -> io::Result<(String, Life)> {
    let database = Database::memory().map_err(io::Error::other)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let _entered = runtime::handle().enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let served = database.clone();
    runtime::handle().spawn(async move {
        let stopped = async { drop(stopped.await) };
        if let Err(error) = dynoxide::server::serve_with_shutdown(listener, served, stopped).await {
            eprintln!("dynoxide stopped: {error}");
        }
    });
    Ok((url, Life::Server { database, _stop: stop }))
}

/// Deletes the tables whose names begin with `prefix`.
async fn remove_tables(client: &Client, prefix: &str) -> Result<(), aws_sdk_dynamodb::Error> {
    let mut after = None;
    loop {
        let page = client.list_tables().set_exclusive_start_table_name(after).send().await?;
        for table in page.table_names().iter().filter(|name| name.starts_with(prefix)) {
            remove_table(client, table).await?;
        }
        after = page.last_evaluated_table_name;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Deletes one table, which may still be on its way in or out.
async fn remove_table(client: &Client, table: &str) -> Result<(), aws_sdk_dynamodb::Error> {
    for _ in 0..50 {
        let Err(error) = client.delete_table().table_name(table).send().await else {
            return Ok(());
        };
        let error = error.into_service_error();
        if error.is_resource_not_found_exception() {
            return Ok(());
        }
        if !(error.is_resource_in_use_exception() || error.is_limit_exceeded_exception()) {
            return Err(error.into());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    client.delete_table().table_name(table).send().await?;
    Ok(())
}
