//! The settings of the installation.

pub mod system_settings;
