using System.Runtime.InteropServices;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>System calls that a step never needs, with their numbers: x86-64, then the common table that arm64 uses (-1: not there).</summary>
internal static class SeccompCalls
{
    internal readonly record struct Call(string Name, int X64, int Arm64)
    {
        internal int Number(Architecture architecture) => architecture == Architecture.X64 ? X64 : Arm64;
    }

    /// <summary>Answered with EPERM.</summary>
    internal static readonly Call[] Denied =
    [
        // Mounts and roots.
        new("mount", 165, 40), new("umount2", 166, 39), new("pivot_root", 155, 41), new("chroot", 161, 51),
        new("open_tree", 428, 428), new("move_mount", 429, 429), new("fsopen", 430, 430), new("fsconfig", 431, 431),
        new("fsmount", 432, 432), new("fspick", 433, 433), new("mount_setattr", 442, 442),
        // Namespaces.
        new("unshare", 272, 97), new("setns", 308, 268),
        // Other processes.
        new("ptrace", 101, 117), new("process_vm_readv", 310, 270), new("process_vm_writev", 311, 271), new("pidfd_getfd", 438, 438),
        new("kcmp", 312, 272), new("process_madvise", 440, 440),
        // Kernel code and tracing.
        new("bpf", 321, 280), new("perf_event_open", 298, 241), new("init_module", 175, 105), new("finit_module", 313, 273),
        new("delete_module", 176, 106), new("create_module", 174, -1), new("kexec_load", 246, 104), new("kexec_file_load", 320, 294),
        new("lookup_dcookie", 212, 18), new("syslog", 103, 116),
        // Keys, and memory tricks used by kernel exploits.
        new("add_key", 248, 217), new("request_key", 249, 218), new("keyctl", 250, 219), new("userfaultfd", 323, 282),
        new("io_uring_setup", 425, 425), new("io_uring_enter", 426, 426), new("io_uring_register", 427, 427),
        new("vmsplice", 278, 75), new("move_pages", 279, 239), new("migrate_pages", 256, 238),
        // Machine state.
        new("reboot", 169, 142), new("swapon", 167, 224), new("swapoff", 168, 225), new("acct", 163, 89), new("quotactl", 179, 60),
        new("quotactl_fd", 443, 443), new("settimeofday", 164, 170), new("clock_settime", 227, 112), new("clock_adjtime", 305, 266),
        new("adjtimex", 159, 171), new("sethostname", 170, 161), new("setdomainname", 171, 162), new("iopl", 172, -1), new("ioperm", 173, -1),
        new("nfsservctl", 180, 42), new("vhangup", 153, 58), new("uselib", 134, -1), new("_sysctl", 156, -1), new("modify_ldt", 154, -1),
        // Files by handle (a way round the mount namespace), and whole-host file watching.
        new("name_to_handle_at", 303, 264), new("open_by_handle_at", 304, 265), new("fanotify_init", 300, 262),
    ];

    /// <summary>Answered with ENOSYS, so that C libraries fall back to a call whose flags the filter can see.</summary>
    internal static readonly Call[] Absent = [new("clone3", 435, 435)];

    internal static readonly Call Clone = new("clone", 56, 220);
    internal static readonly Call Ioctl = new("ioctl", 16, 29);
    internal static readonly Call Socket = new("socket", 41, 198);
}
