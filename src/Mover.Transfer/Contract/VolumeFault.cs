using Mover.Core.Jobs;

namespace Mover.Transfer.Contract;

/// <summary>What went wrong at a volume.</summary>
public enum VolumeFaultKind
{
    /// <summary>The entry is not there (any more).</summary>
    NotFound,

    /// <summary>The content is not the one that was listed or opened: size or time moved.</summary>
    Changed,

    /// <summary>The content goes on behind the length that the entry says, and the file did not change: its size is told wrongly, as in
    /// <c>/proc</c>.</summary>
    Longer,

    /// <summary>Access was refused for this entry.</summary>
    Permission,

    /// <summary>The credentials are missing, expired or refused for the whole volume.</summary>
    Authentication,

    /// <summary>Reading or writing failed (EIO, a broken protocol answer).</summary>
    Io,

    /// <summary>No answer within the time limit.</summary>
    Timeout,

    /// <summary>The connection could not be made or broke.</summary>
    Transport,

    /// <summary>The service asked to slow down (429, 503, NFS3ERR_JUKEBOX).</summary>
    Throttled,

    /// <summary>The service answered an error status that none of the others names.</summary>
    Status,

    /// <summary>The target has no room.</summary>
    Full,

    /// <summary>Someone else holds a lease or lock.</summary>
    Leased,

    /// <summary>What arrived does not have the digest that was sent.</summary>
    Integrity,

    /// <summary>A listing broke its promised order.</summary>
    OutOfOrder,

    /// <summary>The volume cannot do this.</summary>
    Unsupported,
}

/// <summary>Something that went wrong with one entry or a whole volume; a value, so that a million of them are a report.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Message">What happened and where, in one line, without secrets.</param>
/// <param name="IsTransient">True when the same call may succeed later.</param>
/// <param name="RetryAfter">How long the other side asked to wait; null when it did not say.</param>
/// <param name="Code">The status code for the copy log; null lets the engine choose by kind and side.</param>
public sealed record VolumeFault(
    VolumeFaultKind Kind,
    string Message,
    bool IsTransient = false,
    TimeSpan? RetryAfter = null,
    StatusCode? Code = null)
{
    /// <summary>What to do about it, one or two sentences; null when the kind says all that is known.</summary>
    public string? Advice { get; init; }
}

/// <summary>Something that a volume could not keep or tell of entries that are otherwise complete.</summary>
/// <param name="Code">The status code of the loss.</param>
/// <param name="Items">How many entries it concerns.</param>
/// <param name="Message">What was lost, why, and what to do, to be read after the number of items; without secrets.</param>
public sealed record VolumeNote(StatusCode Code, long Items, string Message)
{
    /// <summary>The note as a sentence.</summary>
    public override string ToString() => $"{Items} items: {Message}";
}

/// <summary>How drivers report a fault; they translate their own exceptions at their edge.</summary>
public sealed class VolumeException(VolumeFault fault, Exception? inner = null) : Exception(fault.Message, inner)
{
    /// <summary>The fault.</summary>
    public VolumeFault Fault { get; } = fault;
}
