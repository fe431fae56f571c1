//! An empty method behind bare tonic, in a process of its own: what a call costs when nothing is done in it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use helpdesk::grpc::pb::v1::account_service_server::{AccountService, AccountServiceServer};
use helpdesk::grpc::pb::v1::{
    CreateAccountRequest, CreateAccountResponse, GetAccountRequest, GetAccountResponse, UpdateAccountRequest,
    UpdateAccountResponse,
};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use super::Target;
use crate::Result;
use crate::measure::Watched;

/// Answers with empty messages.
struct Empty;

#[tonic::async_trait]
impl AccountService for Empty {
    async fn get_account(
        &self,
        _request: Request<GetAccountRequest>,
    ) -> std::result::Result<Response<GetAccountResponse>, Status> {
        Ok(Response::new(GetAccountResponse::default()))
    }

    async fn create_account(
        &self,
        _request: Request<CreateAccountRequest>,
    ) -> std::result::Result<Response<CreateAccountResponse>, Status> {
        Ok(Response::new(CreateAccountResponse::default()))
    }

    async fn update_account(
        &self,
        _request: Request<UpdateAccountRequest>,
    ) -> std::result::Result<Response<UpdateAccountResponse>, Status> {
        Ok(Response::new(UpdateAccountResponse::default()))
    }
}

/// Serves on a free port, says its address, and ends with its standard input.
pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let parent_is_gone = async {
        let _ = tokio::io::stdin().read_u8().await;
    };
    let connections = TcpListenerStream::new(listener);
    let builder = Server::builder().tcp_nodelay(true).add_service(AccountServiceServer::new(Empty));
    tokio::select! {
        served = builder.serve_with_incoming(connections) => Ok(served?),
        () = parent_is_gone => Ok(()),
    }
}

/// The running process with the empty method.
pub struct EmptyServer {
    child: Child,
    address: String,
}

impl EmptyServer {
    /// Starts this program again as the server.
    pub fn start() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("--empty-server").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("standard output is piped")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self { child, address: address.trim().to_owned() })
    }

    /// As something to load; the accounts are only counted.
    pub fn target(&self, like: &Target) -> Target {
        let watched = Watched { server: self.child.id(), database: None };
        Target { address: self.address.clone(), accounts: like.accounts.clone(), watched }
    }
}

impl Drop for EmptyServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
