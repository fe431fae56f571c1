//! CPU time and memory of processes, from `/proc` (Linux). What cannot be read counts as 0.

use std::collections::BTreeMap;
use std::fs;

/// `/proc` counts in hundredths of a second on every platform that Linux runs on today (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// The fields of `/proc/<pid>/stat` that are needed here.
struct Stat {
    parent: u32,
    own: f64,
    /// Of children that ended and were waited for.
    ended: f64,
}

/// CPU seconds that a process has used, in user and kernel mode.
pub fn cpu_seconds(pid: u32) -> f64 {
    stat(pid).map_or(0.0, |stat| stat.own)
}

/// CPU seconds of a process and all that descend from it.
pub fn tree_cpu_seconds(root: u32) -> f64 {
    let all: BTreeMap<u32, Stat> = processes().into_iter().filter_map(|pid| Some((pid, stat(pid)?))).collect();
    let belongs = |pid: &u32| ancestors(&all, *pid).any(|ancestor| ancestor == root);
    all.iter().filter(|(pid, _)| belongs(pid)).map(|(_, stat)| stat.own + stat.ended).sum()
}

/// CPU seconds that everything on the machine has used.
pub fn machine_cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<f64> = line.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // user nice system (idle iowait) irq softirq steal
    [0, 1, 2, 5, 6, 7].iter().filter_map(|at| ticks.get(*at)).sum::<f64>() / TICKS_PER_SECOND
}

/// Peak resident memory since the start or the last [`reset_peak`].
pub fn peak_mib(pid: u32) -> f64 {
    memory_mib(pid, "VmHWM:")
}

/// Resident memory now.
pub fn resident_mib(pid: u32) -> f64 {
    memory_mib(pid, "VmRSS:")
}

/// Lets the peak start again from what is resident now (`proc(5)`, `clear_refs`).
pub fn reset_peak(pid: u32) {
    // Where it is refused the peak is that of the whole life: higher, never lower.
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

fn memory_mib(pid: u32, key: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix(key));
    let kib = value.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// A process, its parent, and so on up.
fn ancestors(all: &BTreeMap<u32, Stat>, pid: u32) -> impl Iterator<Item = u32> + '_ {
    std::iter::successors(Some(pid), |child| all.get(child).map(|stat| stat.parent).filter(|parent| *parent != 0))
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name stands in parentheses and may hold anything, spaces too.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: (ticks(11)? + ticks(12)?) / TICKS_PER_SECOND,
        ended: (ticks(13)? + ticks(14)?) / TICKS_PER_SECOND,
    })
}
