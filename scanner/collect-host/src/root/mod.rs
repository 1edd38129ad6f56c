//! File systems that lie on this machine: the running host's, or a folder that holds one.

mod fd;
mod folder;
mod resolver;
#[cfg(test)]
mod tests;

pub use folder::Folder;
