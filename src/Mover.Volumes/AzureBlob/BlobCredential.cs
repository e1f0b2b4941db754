using System.Globalization;

namespace Mover.Volumes.AzureBlob;

/// <summary>What lets the driver in: <see cref="SharedKeyCredential"/>, <see cref="SasCredential"/> or <see cref="BearerCredential"/>.
/// Thread-safe.</summary>
public abstract class BlobCredential
{
    /// <summary>The query to append to each URL, without question mark; empty for none. Read after <see cref="PrepareAsync"/>.</summary>
    internal virtual string Query => "";

    /// <summary>Makes sure that what is presented next has not run out.</summary>
    internal virtual ValueTask PrepareAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    /// <summary>Adds the headers of one request, whose other headers are final.</summary>
    /// <param name="request">The request.</param>
    /// <param name="call">What it was made from.</param>
    /// <param name="containerPath">The container's path as it stands in the URL, with a slash at its start.</param>
    internal virtual void Sign(HttpRequestMessage request, BlobCall call, string containerPath)
    {
    }

    /// <summary>After a refusal of what was presented: true when there is something newer to present.</summary>
    /// <param name="presented">What <see cref="Stamp"/> was when the request was made.</param>
    /// <param name="cancel">Stops the call.</param>
    internal virtual ValueTask<bool> RenewAsync(object? presented, CancellationToken cancel) => ValueTask.FromResult(false);

    /// <summary>Identifies what is presented at the moment.</summary>
    internal virtual object? Stamp => null;

    /// <summary>The moment as HTTP headers write it.</summary>
    internal static string HttpDate(DateTimeOffset now) => now.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>A SAS or token with the moment it runs out.</summary>
/// <param name="Value">The SAS without question mark, or the token. Secret.</param>
/// <param name="ExpiresOn">When it runs out; null when that is not known.</param>
public sealed record BlobAccess(string Value, DateTimeOffset? ExpiresOn)
{
    /// <summary>Never shows the value.</summary>
    public override string ToString() => $"access until {ExpiresOn?.ToString("O", CultureInfo.InvariantCulture) ?? "unknown"}";
}
