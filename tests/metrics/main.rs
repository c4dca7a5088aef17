//! From archived pages to observations: grain, lead rule, controls, contacts and the compute stage.

mod accounts;
mod attribution;
mod compute;
mod contacts;
mod controls;
mod grain;
mod kit;
mod laws;
mod leads;
mod seeds;
