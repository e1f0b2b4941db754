namespace Mover.Volumes.Nfs;

/// <summary>Which NFS version is spoken.</summary>
public enum NfsVersion
{
    /// <summary>4 when the server takes it, else 3. The wire word is <c>NFSauto</c>.</summary>
    Auto,

    /// <summary>NFSv3 (RFC 1813).</summary>
    V3,

    /// <summary>NFSv4.0 (RFC 7530).</summary>
    V4,
}

/// <summary>How an NFS export is opened as a source.</summary>
/// <param name="Host">Name or address of the server.</param>
/// <param name="Export">The exported path, beginning with a slash.</param>
public sealed record NfsOptions(string Host, string Export)
{
    /// <summary>The version; Auto by default.</summary>
    public NfsVersion Version { get; init; } = NfsVersion.Auto;

    /// <summary>A folder below the export that is the volume's root; null for the export itself.</summary>
    public string? Subpath { get; init; }

    /// <summary>The server's NFS port; null for 2049 (v4) or what its portmapper says (v3).</summary>
    public int? NfsPort { get; init; }

    /// <summary>The server's MOUNT port for v3; null for what its portmapper says.</summary>
    public int? MountPort { get; init; }

    /// <summary>The user that AUTH_SYS states; null for the one Mover runs as.</summary>
    public int? UserId { get; init; }

    /// <summary>The group that AUTH_SYS states; null for the one Mover runs as.</summary>
    public int? GroupId { get; init; }

    /// <summary>How many connections are used; each has a thread of its own. 6 by default.</summary>
    public int Connections { get; init; } = 6;

    /// <summary>How long the server may take for one call before the connection is given up; 30 s by default.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where listings of very large folders wait; null for the host's folder for temporary files.</summary>
    public string? SpillFolder { get; init; }

    /// <summary>The clock of timeouts and pauses.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
