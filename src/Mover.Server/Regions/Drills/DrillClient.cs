using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Server.Deployments;

namespace Mover.Server.Regions.Drills;

/// <summary>An answer of the scratch control plane.</summary>
/// <param name="Status">The HTTP status; 0 when nothing answered.</param>
/// <param name="Body">The body; null for none.</param>
internal sealed record DrillAnswer(int Status, JsonObject? Body)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>What it says, in one line.</summary>
    public string Problem => Status == 0 ? "No response."
        : Body?["error"] is JsonObject error ? $"{Status} {error["code"]}: {error["message"]}" : $"It returned status {Status}.";
}

/// <summary>A check did not come to an end as it should.</summary>
internal sealed class DrillException(string message) : Exception(message);

/// <summary>
/// Speaks to the scratch control plane of a drill as its caller, over loopback and TLS: it trusts the authority of the copied identity and
/// nobody else.
/// </summary>
internal sealed class DrillClient : IDisposable
{
    private const int PagesMax = 100_000;

    private readonly HttpClient _http;
    private readonly string _url;
    private readonly string _authorization;
    private readonly TimeProvider _clock;

    public DrillClient(string url, string authorityFile, string authorization, TimeProvider clock)
    {
        (_url, _authorization, _clock) = (url, authorization, clock);
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(authorityFile);
#pragma warning disable CA2000 // The client disposes it.
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
#pragma warning restore CA2000
        handler.SslOptions.CertificateChainPolicy = policy;
        _http = new(handler) { Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>Sends a request; the api-version follows from the path unless it has a query.</summary>
    public async Task<DrillAnswer> SendAsync(string method, string path, string? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(new(method), _url + Versioned(path));
        request.Headers.TryAddWithoutValidation("Authorization", _authorization);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        try
        {
            using var answer = await _http.SendAsync(request, cancel);
            var bytes = await answer.Content.ReadAsByteArrayAsync(cancel);
            return new((int)answer.StatusCode, bytes.Length == 0 ? null : JsonNode.Parse(bytes) as JsonObject);
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException or IOException
            || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return new(0, null);
        }
    }

    /// <summary>As above; throws <see cref="DrillException"/> when it is refused.</summary>
    public async Task<JsonObject> DoAsync(string method, string path, string? body, CancellationToken cancel)
    {
        var answer = await SendAsync(method, path, body, cancel);
        return answer.IsSuccess ? answer.Body ?? [] : throw new DrillException($"{method} {path}: {answer.Problem}");
    }

    /// <summary>Repeats a request while the server is between two roles.</summary>
    public async Task<DrillAnswer> UntilAsync(
        string method, string path, string? body, Func<DrillAnswer, bool> isSo, TimeSpan most, CancellationToken cancel)
    {
        var begun = _clock.GetTimestamp();
        while (true)
        {
            var answer = await SendAsync(method, path, body, cancel);
            if (isSo(answer) || _clock.GetElapsedTime(begun) >= most)
            {
                return answer;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), _clock, cancel);
        }
    }

    /// <summary>Reads a resource; null when it is gone.</summary>
    public async Task<JsonObject?> GetAsync(string path, CancellationToken cancel)
    {
        var answer = await SendAsync("GET", path, null, cancel);
        return answer.IsSuccess ? answer.Body
            : answer.Status == (int)HttpStatusCode.NotFound ? null
            : throw new DrillException($"GET {path}: {answer.Problem}");
    }

    /// <summary>Lists a collection, page after page.</summary>
    public async IAsyncEnumerable<JsonObject> ListAsync(string path, [EnumeratorCancellation] CancellationToken cancel)
    {
        var next = path;
        for (var page = 0; page < PagesMax && next is not null; page++)
        {
            var answer = await DoAsync("GET", next, null, cancel);
            foreach (var item in (answer["value"] as JsonArray ?? []).OfType<JsonObject>())
            {
                yield return item;
            }

            // Links are followed here, whatever host they name.
            next = Uri.TryCreate(answer["nextLink"]?.ToString(), UriKind.Absolute, out var link) ? link.PathAndQuery : null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string Versioned(string path)
    {
        if (path.Contains('?', StringComparison.Ordinal))
        {
            return path;
        }

        var at = path.LastIndexOf("/providers/", StringComparison.OrdinalIgnoreCase);
        var provider = at < 0 ? ApiVersions.Resources : path[(at + "/providers/".Length)..];
        return $"{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}?api-version={DeploymentRuns.VersionOf(provider)}";
    }
}
