using System.Net.Http.Headers;

namespace Mover.Client.Arm;

/// <summary>When and how long to wait before a request is sent again.</summary>
public sealed record ArmRetry
{
    /// <summary>How often a request is sent at most, the first time included.</summary>
    public int AttemptsMax { get; init; } = 5;

    /// <summary>The first wait; each further one is twice as long.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>The longest wait chosen here; a server's Retry-After may be longer, up to <see cref="RetryAfterMax"/>.</summary>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A server that asks to wait longer than this is not waited for.</summary>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>True for answers that say "later": 408, 429, 500, 502, 503, 504.</summary>
    public static bool IsTransient(int status) => status is 408 or 429 or 500 or 502 or 503 or 504;

    /// <summary>
    /// The wait after attempt number <paramref name="attempt"/> (from 1): what the server asked for, else doubled with jitter between half
    /// and whole.
    /// </summary>
    /// <param name="attempt">Number of the attempt that failed, from 1.</param>
    /// <param name="asked">The server's Retry-After, if any.</param>
    /// <param name="jitter">0 to 1.</param>
    public TimeSpan Delay(int attempt, TimeSpan? asked, double jitter)
    {
        if (asked is { } wanted)
        {
            return wanted;
        }

        var doubled = FirstDelay * Math.Pow(2, attempt - 1);
        var capped = doubled < DelayMax ? doubled : DelayMax;
        return capped * (0.5 + (jitter / 2));
    }

    /// <summary>Retry-After in seconds or as a date; null when absent.</summary>
    public static TimeSpan? Read(RetryConditionHeaderValue? header, DateTimeOffset now) => header switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
        _ => null,
    };
}
