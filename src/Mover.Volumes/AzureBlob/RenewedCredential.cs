using System.Globalization;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>Gets something to present in place of what runs out or was refused.</summary>
/// <param name="refusedAt">The service's time when it refused what was presented; null when that only runs out.</param>
/// <param name="cancel">Stops the call.</param>
public delegate ValueTask<BlobAccess> RenewAccess(DateTimeOffset? refusedAt, CancellationToken cancel);

/// <summary>A credential that runs out and is renewed by whoever gave it, a little before its end or when the service refuses it.</summary>
public abstract class RenewedCredential : BlobCredential, IDisposable
{
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(2);

    private readonly RenewAccess? _renew;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _oneAtATime = new(1);

    // Replaced as a whole when renewed; readers see the old one or the new one.
    private volatile BlobAccess? _current;

    private protected RenewedCredential(
        BlobAccess? first, RenewAccess? renew, BlobDestinations destinations, TimeProvider clock)
        : base(destinations)
    {
        _current = first;
        _renew = renew;
        _clock = clock;
    }

    /// <inheritdoc/>
    private protected sealed override object? Stamp => _current;

    private protected BlobAccess Current => _current ?? throw new System.Diagnostics.UnreachableException("Read before it was prepared.");

    /// <inheritdoc/>
    private protected sealed override ValueTask PrepareAsync(CancellationToken cancel)
    {
        var current = _current;
        var isFresh = current is not null && (_renew is null || current.ExpiresOn is null
            || current.ExpiresOn - Early > _clock.GetUtcNow());
        return isFresh ? ValueTask.CompletedTask : new ValueTask(ReplaceAsync(current, null, cancel));
    }

    /// <inheritdoc/>
    internal sealed override ValueTask<bool> RenewAsync(object? presented, DateTimeOffset refusedAt, CancellationToken cancel) =>
        _renew is null ? ValueTask.FromResult(false) : new ValueTask<bool>(ReplaceAsync(presented, refusedAt, cancel));

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what the credential holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _oneAtATime.Dispose();
        }
    }

    private async Task<bool> ReplaceAsync(object? presented, DateTimeOffset? refusedAt, CancellationToken cancel)
    {
        if (_renew is null)
        {
            return false;
        }

        await _oneAtATime.WaitAsync(cancel);
        try
        {
            if (!ReferenceEquals(_current, presented))
            {
                return true;
            }

            var next = await _renew(refusedAt, cancel);
            var isNew = _current is null || !string.Equals(next.Value, _current.Value, StringComparison.Ordinal);
            _current = isNew ? Adopt(next) : _current;
            return isNew;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private protected virtual BlobAccess Adopt(BlobAccess next) => next;
}

/// <summary>A shared access signature, renewed when it runs out if a way to do so was given.</summary>
public sealed class SasCredential : RenewedCredential
{
    /// <summary>A SAS that stays as it is.</summary>
    /// <param name="sas">The query with or without its question mark. Secret.</param>
    /// <param name="destinations">Where it may be sent.</param>
    public SasCredential(string sas, BlobDestinations destinations)
        : base(new BlobAccess(sas.TrimStart('?'), null), null, destinations, TimeProvider.System)
    {
    }

    /// <summary>A SAS that is asked for when first needed and again before it runs out.</summary>
    public SasCredential(RenewAccess renew, BlobDestinations destinations, TimeProvider clock)
        : base(null, renew, destinations, clock)
    {
    }

    /// <inheritdoc/>
    private protected override string Query => Current.Value;

    /// <inheritdoc/>
    internal override (DateTimeOffset? From, DateTimeOffset? Until) Validity => ValidityOf(Current.Value);

    /// <summary>From when until when a SAS says that it is valid; null where it does not say.</summary>
    public static (DateTimeOffset? From, DateTimeOffset? Until) ValidityOf(string sas) => (TimeOf(sas, "st="), TimeOf(sas, "se="));

    private protected override BlobAccess Adopt(BlobAccess next)
    {
        var sas = next.Value.TrimStart('?');
        return new BlobAccess(sas, next.ExpiresOn ?? TimeOf(sas, "se="));
    }

    private static DateTimeOffset? TimeOf(string sas, string name)
    {
        foreach (var part in sas.Split('&'))
        {
            if (part.StartsWith(name, StringComparison.Ordinal)
                && DateTimeOffset.TryParse(
                    Uri.UnescapeDataString(part[3..]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expiry))
            {
                return expiry;
            }
        }

        return null;
    }
}

/// <summary>A bearer token for the Blob service (audience <c>https://storage.azure.com</c>).</summary>
public sealed class BearerCredential(
    RenewAccess renew, BlobDestinations destinations, TimeProvider clock)
    : RenewedCredential(null, renew, destinations, clock)
{
    private readonly TimeProvider _time = clock;

    /// <inheritdoc/>
    internal override void Sign(HttpRequestMessage request, BlobCall call, string containerPath)
    {
        request.Headers.TryAddWithoutValidation("x-ms-date", HttpDate(_time.GetUtcNow()));
        request.Headers.TryAddWithoutValidation("Authorization", Current.Value);
    }

    private protected override BlobAccess Adopt(BlobAccess next) => next with { Value = "Bearer " + next.Value };
}
