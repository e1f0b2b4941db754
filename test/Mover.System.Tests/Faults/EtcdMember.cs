using Mover.Testing;

namespace Mover.SystemTests.Faults;

/// <summary>A member of etcd.</summary>
internal static class EtcdMember
{
    /// <summary>The words that start it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="folder">Its data.</param>
    /// <param name="client">Where clients reach it.</param>
    /// <param name="members">The names of all members, and where they reach each other.</param>
    public static string[] Words(string name, string folder, string client, IReadOnlyDictionary<string, string> members) =>
    [
        Requirement.Value("MOVER_ETCD"), $"--name={name}", $"--data-dir={folder}", $"--listen-client-urls={client}",
        $"--advertise-client-urls={client}", $"--listen-peer-urls={members[name]}", $"--initial-advertise-peer-urls={members[name]}",
        $"--initial-cluster={string.Join(',', members.Select(member => $"{member.Key}={member.Value}"))}",
        "--max-wals=2", "--max-snapshots=2", "--logger=zap", "--log-level=error",
    ];
}
