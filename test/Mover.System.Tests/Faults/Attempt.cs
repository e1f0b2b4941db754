namespace Mover.SystemTests.Faults;

/// <summary>What a client knows of a request when it has ended for it.</summary>
internal enum Outcome
{
    /// <summary>Acknowledged, with the version.</summary>
    Done,

    /// <summary>Refused because the version it was made for is not the newest.</summary>
    ConditionFailed,

    /// <summary>Refused otherwise: it was not carried out.</summary>
    Refused,

    /// <summary>No answer, or one that leaves open what happened: it may be carried out at any time after its begin, once or never.</summary>
    Unknown,
}

/// <summary>One request for one key, as its client saw it. Versions start at 1 and grow by 1 with each write; 0 is a key that is absent.</summary>
internal sealed record Attempt
{
    public required string Key { get; init; }

    public required bool IsWrite { get; init; }

    /// <summary>What is written, by this request alone, or what was read; null for nothing.</summary>
    public string? Value { get; init; }

    /// <summary>The version, seen before, that must be the newest for the write to happen (If-Match); null for any.</summary>
    public long? Expected { get; init; }

    /// <summary>When it was sent, on the clients' one clock.</summary>
    public required long Begin { get; init; }

    /// <summary>When it was answered or given up.</summary>
    public required long End { get; init; }

    public Outcome Outcome { get; init; }

    /// <summary>The version that the answer names, when it was done.</summary>
    public long Version { get; init; }

    /// <summary>The server that was asked.</summary>
    public int Server { get; init; }

    /// <summary>The region that answered; null where there are none, and without an answer.</summary>
    public string? Region { get; init; }

    /// <summary>A read from a copy: as of when; null for any other.</summary>
    public DateTimeOffset? StaleAsOf { get; init; }

    /// <summary>The read that <see cref="Expected"/> comes from.</summary>
    public Attempt? Basis { get; init; }

    public override string ToString() =>
        $"{(IsWrite ? "write" : "read")} of '{Value}' ({Outcome}{(Outcome == Outcome.Done ? $", version {Version}" : string.Empty)}, {Begin} to {End})"
        + (Region is null ? string.Empty : $" in {Region}{(StaleAsOf is null ? string.Empty : $" as of {StaleAsOf:O}")}");
}
