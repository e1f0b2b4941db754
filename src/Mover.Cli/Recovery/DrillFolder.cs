using System.Security.Cryptography;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Files;
using Mover.Recovery.Drill;
using Mover.Recovery.Plans;

namespace Mover.Cli.Recovery;

/// <summary>
/// The folder of one drill that runs: its scratch agent's, with the agent's key. A lock in it ends with the process, however it ends: a
/// folder whose lock is free was left behind.
/// </summary>
internal sealed class DrillFolder : IDisposable
{
    private const string LockName = "lock";
    private const string PlanName = "plan";
    private const int TriesMax = 5;

    private readonly FileStream _lock;

    private DrillFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>Names the drill: 6 hexadecimal digits.</summary>
    public string Id => System.IO.Path.GetFileName(Path);

    public string Path { get; }

    /// <summary>The scratch agent's own folder.</summary>
    public string Agent => System.IO.Path.Combine(Path, "agent");

    /// <summary>Makes the folder of a new drill, and takes its lock.</summary>
    public static DrillFolder Take(Terminal terminal)
    {
        var root = RootOf(terminal);
        for (var tries = 1; ; tries++)
        {
            try
            {
                var path = PrivateFolder.Ensure(System.IO.Path.Combine(root, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))));
                return new(path, PrivateFile.Open(
                    System.IO.Path.Combine(path, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (tries < TriesMax)
            {
                // Another drill has the name, or took the folder for one that was left behind, as long as it was not locked.
            }
        }
    }

    /// <summary>What the resource group of the drill says of it.</summary>
    public DrillMark Mark(DateTimeOffset at) => new(Environment.MachineName, at, Path);

    /// <summary>Notes which plan the drill is about to deploy.</summary>
    public void Note(RecoveryPlan plan) =>
        PrivateFile.Replace(System.IO.Path.Combine(Path, PlanName), System.Text.Encoding.ASCII.GetBytes(plan.Id));

    /// <summary>The plans of drills that were killed.</summary>
    public static IReadOnlyList<string> PlansLeft(Terminal terminal)
    {
        var plans = new List<string>();
        foreach (var path in Directory.EnumerateDirectories(RootOf(terminal)))
        {
            try
            {
                using var taken = TakeLock(path);
                plans.Add(File.ReadAllText(System.IO.Path.Combine(path, PlanName)));
            }
            catch (IOException)
            {
                // It runs, or had no plan.
            }
        }

        return plans;
    }

    /// <summary>Whether the drill of a mark runs; null when it is one of another machine or user.</summary>
    public static bool? IsRunning(DrillMark mark, Terminal terminal)
    {
        if (mark.Host != Environment.MachineName || System.IO.Path.GetDirectoryName(mark.Folder) != RootOf(terminal))
        {
            return null;
        }

        try
        {
            using var taken = TakeLock(mark.Folder);
            return false;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Removes the folders of drills that were killed; answers how many.</summary>
    public static int RemoveLeft(Terminal terminal)
    {
        var removed = 0;
        foreach (var path in Directory.EnumerateDirectories(RootOf(terminal)))
        {
            try
            {
                using var taken = TakeLock(path);
                PrivateFolder.Remove(path);
                removed++;
            }
            catch (FileNotFoundException)
            {
                TryDeleteEmpty(path);
            }
            catch (IOException)
            {
                // It runs.
            }
        }

        return removed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        PrivateFolder.Remove(Path);
        _lock.Dispose();
    }

    private static FileStream TakeLock(string path) =>
        PrivateFile.Open(System.IO.Path.Combine(path, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

    // Killed between the folder and its lock.
    private static void TryDeleteEmpty(string path)
    {
        try
        {
            Directory.Delete(path);
        }
        catch (IOException)
        {
            // Its lock has come.
        }
    }

    // Beside what is remembered of drills; a user without a home has only the folder for temporary files.
    private static string RootOf(Terminal terminal)
    {
        try
        {
            return PrivateFolder.Ensure(System.IO.Path.Combine(UserFolders.State(terminal, "XDG_STATE_HOME"), "drills", "running"));
        }
        catch (CliException)
        {
            return PrivateFolder.Ensure(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"mover-drills-{PrivateFolder.UserId}"));
        }
    }
}
