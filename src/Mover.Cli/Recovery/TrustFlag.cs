using System.CommandLine;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary>Who must have signed a snapshot that is read.</summary>
internal sealed class TrustFlag
{
    private readonly Option<string?> _trust = new("--trust")
    {
        Description = "Public key that must have signed the snapshot: the .pub file from `mover recovery new-key`.", HelpName = "file",
    };

    /// <summary>The flag itself.</summary>
    public Option Option => _trust;

    public void AddTo(Command command) => command.Add(_trust);

    /// <summary>Whether a key is named.</summary>
    public bool IsSaid(ParseResult parsed) => parsed.GetValue(_trust) is not null;

    /// <summary>The snapshot in a folder, signed by the key if one is named.</summary>
    public Snapshot Read(ParseResult parsed, string folder) =>
        SnapshotFolder.Read(folder, parsed.GetValue(_trust) is { } file ? SnapshotKey.ReadPublic(file) : null);
}
