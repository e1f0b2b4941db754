using System.Net;
using System.Text.Json;

namespace Mover.Client.Agent;

/// <summary>
/// The agent's tokens: asked for with a signed assertion, kept until shortly before they expire. Safe for concurrent use.
/// </summary>
public sealed class AgentTokenSource(AgentIdentity identity, HttpClient http, ControlPlaneTime time) : IDisposable
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private const string ReplacedAdvice =
        " If the agent's machine resource was deleted or its public key was changed, this agent no longer has an identity: run "
        + "'mover agent unregister', then 'mover agent register', and assign the new identity its roles (start-job --grant).";
    private const int UnknownClient = 7000215;
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(2);
    private readonly SemaphoreSlim _one = new(1, 1);
    private Held? _held;

    /// <summary>
    /// A token for calls to <paramref name="address"/>. Throws <see cref="AgentChannelException"/> when the issuer refuses, and
    /// <see cref="HttpRequestException"/> when it cannot be reached.
    /// </summary>
    public async ValueTask<string> GetAsync(string address, CancellationToken cancel)
    {
        if (Current() is { } ready)
        {
            return ready;
        }

        await _one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (Current() is { } meanwhile)
            {
                return meanwhile;
            }

            _held = await AskAsync(address, cancel).ConfigureAwait(false);
            return _held.Token;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Drops a token that was refused, unless it was replaced already.</summary>
    public void Forget(string token)
    {
        if (_held is { } held && held.Token == token)
        {
            Interlocked.CompareExchange(ref _held, null, held);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private string? Current() => _held is { } held && time.GetElapsedTime(held.AskedAt) < held.Use ? held.Token : null;

    // An assertion that was signed by a clock that is wrong is refused; the refusal tells the right time, and the next one holds.
    private async Task<Held> AskAsync(string address, CancellationToken cancel)
    {
        using var first = await PostAsync(address, cancel).ConfigureAwait(false);
        if (!time.Learn(first) || first.IsSuccessStatusCode)
        {
            return await ReadAsync(address, first, cancel).ConfigureAwait(false);
        }

        using var second = await PostAsync(address, cancel).ConfigureAwait(false);
        return await ReadAsync(address, second, cancel).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> PostAsync(string address, CancellationToken cancel)
    {
        var url = $"{address}/{identity.TenantId}/oauth2/v2.0/token";
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = identity.PrincipalId,
            ["scope"] = $"{address}/.default",
            ["client_assertion_type"] = AssertionType,
            ["client_assertion"] = AgentAssertion.Create(identity, url, Guid.NewGuid().ToString("N"), time.GetUtcNow()),
        });
        return await http.PostAsync(new Uri(url), form, cancel).ConfigureAwait(false);
    }

    private async Task<Held> ReadAsync(string address, HttpResponseMessage answer, CancellationToken cancel)
    {
        var asked = time.GetTimestamp();
        var body = await answer.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            throw new AgentChannelException(
                (int)answer.StatusCode,
                IsUnknownClient(body) ? AgentChannelException.UnknownAgent : "TokenRefused",
                $"The issuer at {address} returned status {(int)answer.StatusCode}: {Describe(body)}"
                    + (answer.StatusCode == HttpStatusCode.Unauthorized ? ReplacedAdvice : string.Empty));
        }

        using var json = JsonDocument.Parse(body);
        var token = json.RootElement.GetProperty("access_token").GetString() ?? string.Empty;
        var life = TimeSpan.FromSeconds(LifeSeconds(json.RootElement));
        var margin = life / 5 < RenewBefore ? life / 5 : RenewBefore;
        return new(token, asked, life - margin);
    }

    // Some issuers write the number as text.
    private static double LifeSeconds(JsonElement answer) =>
        answer.GetProperty("expires_in") is { ValueKind: JsonValueKind.String } text
            ? double.Parse(text.GetString() ?? "0", System.Globalization.CultureInfo.InvariantCulture)
            : answer.GetProperty("expires_in").GetDouble();

    // As Entra numbers it: the client is not known, or its key is another one.
    private static bool IsUnknownClient(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.TryGetProperty("error_codes", out var codes) && codes.ValueKind == JsonValueKind.Array
                && codes.EnumerateArray().Any(code => code.TryGetInt32(out var number) && number == UnknownClient);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Describe(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.TryGetProperty("error_description", out var text)
                && text.GetString() is { } sentence ? sentence : "no description";
        }
        catch (JsonException)
        {
            return "no description";
        }
    }

    private sealed record Held(string Token, long AskedAt, TimeSpan Use);
}
