using Mover.Cli.Frame;

namespace Mover.Cli.Demo;

/// <summary>Where etcd's program is.</summary>
internal static class EtcdProgram
{
    private const string Variable = "MOVER_ETCD";

    // Where scripts/etcd.sh puts it.
    private const string Unpacked = "artifacts/etcd/usr/bin/etcd";

    /// <summary>
    /// What the flag names, or MOVER_ETCD; else what was unpacked in one of the folders or above; else that of the PATH. Says what to do
    /// when there is none.
    /// </summary>
    public static string Find(string? named, IEnumerable<string> folders, Terminal terminal)
    {
        foreach (var (by, path) in new[] { ("--etcd", named), (Variable, terminal.Environment(Variable)) })
        {
            if (path is { Length: > 0 })
            {
                return File.Exists(path) ? Path.GetFullPath(path) : throw CliException.Usage($"{by} is '{path}', which does not exist.");
            }
        }

        var unpacked = folders.SelectMany(Ancestors).Select(folder => Path.Combine(folder, Unpacked));
        var installed = (terminal.Environment("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "etcd"));
        return unpacked.Concat(installed).FirstOrDefault(File.Exists) ?? throw new CliException(
            ExitCodes.NotReady, "NoEtcd", "The zones demo needs etcd 3.5.16 or newer, but did not find it.",
            "Run `scripts/etcd.sh artifacts/etcd` to unpack Debian's etcd without installing it, or set --etcd or MOVER_ETCD.");
    }

    private static IEnumerable<string> Ancestors(string folder)
    {
        for (var at = (string?)Path.GetFullPath(folder); at is not null; at = Path.GetDirectoryName(at))
        {
            yield return at;
        }
    }
}
