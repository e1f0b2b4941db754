namespace Mover.Server.Settings;

/// <summary>A token bucket: so many requests at once, and so many a second for ever.</summary>
/// <param name="Burst">Requests that a caller who has rested may send at once, 1 at least.</param>
/// <param name="PerSecond">Requests a second that come back, above 0.</param>
public sealed record ThrottleBucket(int Burst, double PerSecond);

/// <summary>How often one caller may read, write and delete in a subscription.</summary>
/// <param name="Reads">GET, HEAD.</param>
/// <param name="Writes">PUT, PATCH, POST.</param>
/// <param name="Deletes">DELETE.</param>
public sealed record ThrottleLimits(ThrottleBucket Reads, ThrottleBucket Writes, ThrottleBucket Deletes)
{
    /// <summary>What one agent may say on its channel: many times what its runs need.</summary>
    public ThrottleBucket Channel { get; init; } = new(2_000, 200);

    /// <summary>Requests of one address that have to be worked on before it is known who asks, such as those for a token.</summary>
    public ThrottleBucket Addresses { get; init; } = new(4_000, 1_000);

    /// <summary>A caller gets what two cores can serve, and no more for long: one runaway script does not starve the others.</summary>
    public static ThrottleLimits Default { get; } = new(new(60_000, 20_000), new(20_000, 2_000), new(20_000, 2_000));

    /// <summary>Azure's own. Source: Azure documentation, "Understand how Azure Resource Manager throttles requests".</summary>
    public static ThrottleLimits Azure { get; } = new(new(250, 25), new(200, 10), new(200, 10));

    /// <summary>Throws <see cref="InvalidOperationException"/> when a bucket holds nothing or is never filled again.</summary>
    public void Check()
    {
        foreach (var bucket in new[] { Reads, Writes, Deletes, Channel, Addresses })
        {
            if (bucket.Burst < 1 || !(bucket.PerSecond > 0) || !double.IsFinite(bucket.PerSecond))
            {
                throw new InvalidOperationException("A throttling bucket must hold at "
                    + "least 1 request and refill at more than 0 per second.");
            }
        }
    }
}
