using System.Diagnostics;
using System.Globalization;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// What lets the driver in: <see cref="SharedKeyCredential"/>, <see cref="SasCredential"/> or <see cref="BearerCredential"/>. It knows
/// where it may be sent, and this is the one place that adds it to a request. Thread-safe.
/// </summary>
public abstract class BlobCredential
{
    // Paths and queries are escaped by us and must arrive unchanged.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly BlobDestinations _destinations;

    private protected BlobCredential(BlobDestinations destinations) => _destinations = destinations;

    /// <summary>The query to append to each URL, without question mark; empty for none. Read after <see cref="PrepareAsync"/>.</summary>
    private protected virtual string Query => "";

    /// <summary>From when until when what is presented says that it is valid; null where it does not say.</summary>
    internal virtual (DateTimeOffset? From, DateTimeOffset? Until) Validity => default;

    /// <summary>Identifies what is presented at the moment.</summary>
    private protected virtual object? Stamp => null;

    /// <summary>
    /// Lets a request in, whose address and other headers are final. Throws <see cref="VolumeException"/> when the credential was not given
    /// for that address, or has run out and cannot be renewed.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="call">What it was made from.</param>
    /// <param name="containerPath">The container's path as it stands in the URL, with a slash at its start.</param>
    /// <param name="cancel">Stops the call.</param>
    /// <returns>What was presented, for <see cref="RenewAsync"/>.</returns>
    internal async ValueTask<object?> AuthorizeAsync(
        HttpRequestMessage request, BlobCall call, string containerPath, CancellationToken cancel)
    {
        var address = request.RequestUri ?? throw new UnreachableException("The request has no address.");
        if (_destinations.Refuse(address) is (var why, var advice))
        {
            throw new VolumeException(new(VolumeFaultKind.Authentication, why, Code: StatusCodes.Authentication) { Advice = advice });
        }

        await PrepareAsync(cancel);
        var presented = Stamp;
        if (Query is { Length: > 0 } access)
        {
            request.RequestUri = new Uri($"{address.OriginalString}{(call.Query.Length == 0 ? '?' : '&')}{access}", AsWritten);
        }

        Sign(request, call, containerPath);
        return presented;
    }

    /// <summary>After a refusal of what was presented: true when there is something newer to present.</summary>
    /// <param name="presented">What <see cref="AuthorizeAsync"/> returned.</param>
    /// <param name="refusedAt">The service's time then.</param>
    /// <param name="cancel">Stops the call.</param>
    internal virtual ValueTask<bool> RenewAsync(object? presented, DateTimeOffset refusedAt, CancellationToken cancel) =>
        ValueTask.FromResult(false);

    /// <summary>Makes sure that what is presented next has not run out.</summary>
    private protected virtual ValueTask PrepareAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    /// <summary>Adds the headers.</summary>
    internal virtual void Sign(HttpRequestMessage request, BlobCall call, string containerPath)
    {
    }

    /// <summary>The moment as HTTP headers write it.</summary>
    private protected static string HttpDate(DateTimeOffset now) => now.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>A SAS or token with the moment it runs out.</summary>
/// <param name="Value">The SAS without question mark, or the token. Secret.</param>
/// <param name="ExpiresOn">When it runs out; null when that is not known.</param>
public sealed record BlobAccess(string Value, DateTimeOffset? ExpiresOn)
{
    /// <summary>Never shows the value.</summary>
    public override string ToString() => $"access until {ExpiresOn?.ToString("O", CultureInfo.InvariantCulture) ?? "unknown"}";
}
