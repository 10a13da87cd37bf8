//! Generates the gRPC code and its descriptor set from `proto/`, without protoc.

use std::{env, error::Error, ffi::OsString, fs, path::PathBuf};

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script where to write by a variable")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=migrations");

    // Sorted, so that the same sources give the same bytes on every machine.
    let mut files: Vec<OsString> =
        fs::read_dir("proto/ombord/v1")?.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>()?;
    files.sort();

    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true);
    for file in files {
        compiler.open_file(PathBuf::from("ombord/v1").join(file))?;
    }

    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("ombord.bin"), compiler.encode_file_descriptor_set())?;
    tonic_prost_build::configure()
        .bytes(".")
        .extern_path(".google.rpc", "::tonic_types::pb")
        .compile_fds(compiler.file_descriptor_set())?;

    // The server of the gate once more, which has batches of its own.
    let mut gate = compiler.file_descriptor_set();
    gate.file.retain(|file| file.service.iter().any(|service| service.name() == "GateService"));
    fs::create_dir_all(out.join("gate"))?;
    tonic_prost_build::configure()
        .build_client(false)
        .out_dir(out.join("gate"))
        .extern_path(".ombord.v1", "crate::pb")
        .extern_path(".ombord.v1.BatchCheckSendRequest", "crate::grpc::gate::batch::Asked")
        .extern_path(".ombord.v1.BatchCheckSendResponse", "crate::grpc::gate::batch::Encoded")
        .compile_fds(gate)?;
    Ok(())
}
