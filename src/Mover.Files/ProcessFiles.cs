using System.Text;
using Mover.Files.Linux;

namespace Mover.Files;

/// <summary>The open files of this process.</summary>
public static unsafe class ProcessFiles
{
    private const int StandardError = 2;

    /// <summary>
    /// Raises how many may be open at once to the highest that the user may have, as .NET's runtime does at its start and native code does
    /// not. What is refused stays as it was.
    /// </summary>
    public static void LiftOpenMax()
    {
        ResourceLimit limit;
        if (LinuxCalls.Getrlimit(LinuxCalls.RLIMIT_NOFILE, &limit) == 0 && limit.Current < limit.Highest)
        {
            limit.Current = limit.Highest;
            _ = LinuxCalls.Setrlimit(LinuxCalls.RLIMIT_NOFILE, &limit);
        }
    }

    /// <summary>How many may be open at once.</summary>
    public static long OpenMax
    {
        get
        {
            ResourceLimit limit;
            return LinuxCalls.Getrlimit(LinuxCalls.RLIMIT_NOFILE, &limit) == 0 && limit.Current <= long.MaxValue
                ? (long)limit.Current
                : long.MaxValue;
        }
    }

    /// <summary>Writes to stderr with nothing but system calls, for where no further file can be opened, not even one of the
    /// runtime's.</summary>
    public static void Say(string lines)
    {
        var bytes = Encoding.UTF8.GetBytes(lines);
        fixed (byte* first = bytes)
        {
            _ = LinuxCalls.Write(StandardError, first, bytes.Length);
        }
    }

    /// <summary>
    /// Opens the null device for each of stdin, stdout and stderr that was closed at the start: another file would get its number, and what
    /// is written for people would go into that file. Answers the numbers that the runtime has taken already.
    /// </summary>
    public static IReadOnlyList<int> HoldStandardStreams()
    {
        var taken = new List<int>();
        for (var number = 0; number <= StandardError; number++)
        {
            var flags = LinuxCalls.Fcntl(number, LinuxCalls.F_GETFD, 0);
            if (flags < 0)
            {
                fixed (byte* device = "/dev/null\0"u8)
                {
                    // The lowest free number, which is this one; what it replaces stays open in programs that this one starts.
                    _ = LinuxCalls.Openat(LinuxCalls.AT_FDCWD, device, LinuxCalls.O_RDWR, 0);
                }
            }
            else if ((flags & LinuxCalls.FD_CLOEXEC) != 0)
            {
                // What a parent leaves open is never closed on exec: this file is the runtime's.
                taken.Add(number);
            }
        }

        return taken;
    }
}
