using System.Runtime.InteropServices;

namespace Mover.Volumes.Tests.Local;

/// <summary>Runs on a thread of its own with fewer rights than the process: on Linux these belong to threads.</summary>
internal static unsafe partial class LimitedThread
{
    /// <summary>Numbers of calls that glibc would make for all threads at once (x86-64).</summary>
    private const nint SysUmask = 95;
    private const nint SysSetgroups = 116;
    private const nint SysSetresuid = 117;
    private const nint SysSetresgid = 119;
    private const nint SysCapget = 125;
    private const nint SysCapset = 126;
    private const nint SysUnshare = 272;

    private const uint CapabilityVersion = 0x20080522;
    private const nint CloneFs = 0x200;

    /// <summary>The first capabilities, in the order of their numbers.</summary>
    private static readonly string[] Capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
    ];

    /// <summary>As a user and group without any capability.</summary>
    public static void AsUser(uint id, Action act) => Run(
        () =>
        {
            Require(Syscall(SysSetgroups, 0, 0, 0));
            Require(Syscall(SysSetresgid, -1, (nint)id, -1));
            Require(Syscall(SysSetresuid, -1, (nint)id, -1));
        },
        act);

    /// <summary>As root that may do everything but change owners.</summary>
    public static void WithoutChown(Action act) => Without(0, act);

    /// <summary>As root that gets no port below 1024; threads that are started there get none either.</summary>
    public static void WithoutLowPorts(Action act) => Without(10, act);

    /// <summary>As root with these capabilities alone, by their names in capabilities(7).</summary>
    public static void With(IEnumerable<string> capabilities, Action act) =>
        Run(() => Limit(capabilities.Aggregate(0u, (set, name) => set | (1u << Array.IndexOf(Capabilities, name)))), act);

    private static void Without(int capability, Action act) => Run(() => Limit(~(1u << capability)), act);

    private static void Limit(uint kept)
    {
        var header = stackalloc uint[] { CapabilityVersion, 0 };
        var sets = stackalloc uint[6];
        Require(Syscall(SysCapget, (nint)header, (nint)sets, 0));
        sets[0] &= kept;
        Require(Syscall(SysCapset, (nint)header, (nint)sets, 0));
    }

    /// <summary>With another umask.</summary>
    public static void WithUmask(int umask, Action act) => Run(
        () =>
        {
            Require(Syscall(SysUnshare, CloneFs, 0, 0));
            _ = Syscall(SysUmask, umask, 0, 0);
        },
        act);

    private static void Require(nint answer) => Assert.True(answer == 0, $"errno {Marshal.GetLastPInvokeError()}");

    private static void Run(Action limit, Action act)
    {
        Exception? fault = null;
        var thread = new Thread(() =>
        {
            try
            {
                limit();
                act();
            }
            catch (Exception e)
            {
                fault = e;
            }
        });
        thread.Start();
        thread.Join();
        if (fault is not null)
        {
            throw new InvalidOperationException($"On the limited thread: {fault}", fault);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint first, nint second, nint third);
}
