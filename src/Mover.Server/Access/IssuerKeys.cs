using Microsoft.IdentityModel.Tokens;

namespace Mover.Server.Access;

/// <summary>
/// The signing keys of one external issuer, found by discovery and kept. A token with a key that is not known makes them be read again, but
/// not more often than a named interval; when that fails the keys that are known stay good. Source: OpenID Connect Discovery 1.0.
/// </summary>
internal sealed class IssuerKeys(string issuer, HttpClient http, TimeProvider clock) : IDisposable
{
    /// <summary>Keys are read again after this long.</summary>
    public static readonly TimeSpan KeptMax = TimeSpan.FromHours(12);

    /// <summary>Unknown keys make nobody read them more often than this.</summary>
    public static readonly TimeSpan RefreshMin = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _reading = new(1);
    private Known _known = new([], null, null);

    /// <summary>The keys, with this one if the issuer has it; empty when they cannot be had.</summary>
    public async Task<IReadOnlyList<SecurityKey>> FindAsync(string? keyId, CancellationToken cancel)
    {
        if (IsGood(_known, keyId))
        {
            return _known.Keys;
        }

        await _reading.WaitAsync(cancel);
        try
        {
            if (!IsGood(_known, keyId))
            {
                _known = await ReadAsync(_known, cancel);
            }

            return _known.Keys;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    private bool IsGood(Known known, string? keyId)
    {
        return IsWithin(known.TriedAt, RefreshMin)
            || (IsWithin(known.ReadAt, KeptMax) && known.Keys.Any(key => keyId is null || key.KeyId == keyId));
    }

    private bool IsWithin(long? since, TimeSpan time) => since is { } then && clock.GetElapsedTime(then) < time;

    private async Task<Known> ReadAsync(Known before, CancellationToken cancel)
    {
        var now = clock.GetTimestamp();
        try
        {
            var configuration = await http.GetStringAsync(new Uri($"{issuer.TrimEnd('/')}/.well-known/openid-configuration"), cancel);
            var place = System.Text.Json.Nodes.JsonNode.Parse(configuration)?["jwks_uri"]?.GetValue<string>();
            if (!Uri.TryCreate(place, UriKind.Absolute, out var url)
                || (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)))
            {
                return before with { TriedAt = now };
            }

            var keys = new JsonWebKeySet(await http.GetStringAsync(url, cancel)).GetSigningKeys();
            return new([.. keys], now, now);
        }
        catch (Exception fault) when (fault is HttpRequestException or System.Text.Json.JsonException or ArgumentException
            or UriFormatException or InvalidOperationException || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return before with { TriedAt = now };
        }
    }

    private sealed record Known(IReadOnlyList<SecurityKey> Keys, long? ReadAt, long? TriedAt);
}
