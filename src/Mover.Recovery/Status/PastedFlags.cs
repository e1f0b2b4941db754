namespace Mover.Recovery.Status;

/// <summary>
/// The flags that a person gave and that the commands to paste repeat: quoted for a shell, each with a blank before it.
/// </summary>
public sealed record PastedFlags
{
    /// <summary>How a command finds the destination.</summary>
    public string Connection { get; init; } = string.Empty;

    /// <summary>How <c>mover agent register</c> finds it.</summary>
    public string Register { get; init; } = string.Empty;

    /// <summary>What <c>mover recovery deploy</c> needs besides.</summary>
    public string Deploy { get; init; } = string.Empty;

    /// <summary>What <c>mover recovery standby</c> needs besides.</summary>
    public string Standby { get; init; } = string.Empty;

    /// <summary>What <c>mover recovery activate</c> needs besides.</summary>
    public string Activate { get; init; } = string.Empty;
}
