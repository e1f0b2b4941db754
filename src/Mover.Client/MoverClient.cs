using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Mover.Client.Arm;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;

namespace Mover.Client;

/// <summary>
/// The client of the control plane's ARM API. Resources travel as ARM documents (<see cref="JsonObject"/>), so that what a newer server
/// says is kept; <c>Typed</c> extensions read them as records. Safe for concurrent use.
/// Every call throws <see cref="ArmException"/> when refused and <see cref="UnreachableServerException"/> when nothing answers.
/// </summary>
public sealed class MoverClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly ArmOperations _operations;

    /// <summary>Takes the handler over and disposes it with the client; see <see cref="ArmTransport.CreateHandler"/>.</summary>
    public MoverClient(MoverClientOptions options, HttpMessageHandler handler, TimeProvider clock)
    {
        _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = AnswerBytesMax };
        Pipeline = new(_http, options, clock);
        _operations = new(Pipeline, options, clock);
    }

    /// <summary>The largest answer that is read.</summary>
    public const long AnswerBytesMax = 64 * 1024 * 1024;

    /// <summary>The pipeline, for requests that have no method here.</summary>
    public ArmPipeline Pipeline { get; }

    /// <summary>Reads one resource.</summary>
    public async Task<JsonObject> GetAsync(ResourceId id, CancellationToken cancel) =>
        Document(await Pipeline.SendAsync(new(HttpMethod.Get, Url(id.Text)), cancel).ConfigureAwait(false));

    /// <summary>Reads one resource; null when it does not exist (or what encloses it does not).</summary>
    public async Task<JsonObject?> FindAsync(ResourceId id, CancellationToken cancel)
    {
        try
        {
            return await GetAsync(id, cancel).ConfigureAwait(false);
        }
        catch (ArmException refused) when (refused.Error.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Creates or replaces a resource and waits until that has ended; answers the resource.</summary>
    /// <param name="id">The resource.</param>
    /// <param name="body">The whole document; read-only properties in it are ignored by the server.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <param name="ifMatch">ETag that must still hold.</param>
    public async Task<JsonObject> PutAsync(ResourceId id, JsonObject body, CancellationToken cancel, string? ifMatch = null)
    {
        var answer = await Pipeline.SendAsync(new(HttpMethod.Put, Url(id.Text), body, ifMatch), cancel).ConfigureAwait(false);
        if (answer.AsyncOperation is null && answer.Status != 202)
        {
            return Document(answer);
        }

        await _operations.WaitAsync(answer, cancel).ConfigureAwait(false);
        return await GetAsync(id, cancel).ConfigureAwait(false);
    }

    /// <summary>Changes the properties that <paramref name="body"/> names; answers the whole resource.</summary>
    public async Task<JsonObject> PatchAsync(ResourceId id, JsonObject body, CancellationToken cancel, string? ifMatch = null) =>
        Document(await Pipeline.SendAsync(new(HttpMethod.Patch, Url(id.Text), body, ifMatch), cancel).ConfigureAwait(false));

    /// <summary>Deletes a resource and, unless told otherwise, waits until it is gone. False when it was not there.</summary>
    public async Task<bool> DeleteAsync(ResourceId id, CancellationToken cancel, bool wait = true)
    {
        ArmAnswer answer;
        try
        {
            answer = await Pipeline.SendAsync(new(HttpMethod.Delete, Url(id.Text)), cancel).ConfigureAwait(false);
        }
        catch (ArmException refused) when (refused.Error is { Status: 404, Code: "ResourceNotFound" })
        {
            return false;
        }

        if (wait)
        {
            await _operations.WaitAsync(answer, cancel).ConfigureAwait(false);
        }

        return answer.Status != 204;
    }

    /// <summary>Sends a request and, when it is accepted, waits until it was carried out; answers the first answer.</summary>
    public async Task<ArmAnswer> CarryOutAsync(ArmRequest request, CancellationToken cancel)
    {
        var answer = await Pipeline.SendAsync(request, cancel).ConfigureAwait(false);
        await _operations.WaitAsync(answer, cancel).ConfigureAwait(false);
        return answer;
    }

    /// <summary>
    /// Runs an action of a resource and answers its body, that of the operation's end when it was accepted with 202; null
    /// when it has none.
    /// </summary>
    public async Task<JsonNode?> PostAsync(ResourceId id, string action, JsonNode? body, CancellationToken cancel)
    {
        var answer = await Pipeline.SendAsync(new(HttpMethod.Post, Url(id.Text, action), body), cancel).ConfigureAwait(false);
        var ended = await _operations.WaitAsync(answer, cancel).ConfigureAwait(false);
        if (answer is { Status: 202, AsyncOperation: not null, Location: { } result })
        {
            // The operation's status is not its result.
            ended = await Pipeline.SendAsync(new(HttpMethod.Get, ArmOperations.PathOf(result)), cancel).ConfigureAwait(false);
        }

        return answer.Status == 202 ? ended.Body : answer.Body;
    }

    /// <summary>
    /// Lists a collection such as <c>/subscriptions</c> or <c>{mover id}/endpoints</c>, page after page, in the server's order.
    /// </summary>
    public async IAsyncEnumerable<JsonObject> ListAsync(string collection, [EnumeratorCancellation] CancellationToken cancel)
    {
        var next = (string?)Url(collection);
        while (next is not null)
        {
            var page = Document(await Pipeline.SendAsync(new(HttpMethod.Get, next), cancel).ConfigureAwait(false));
            foreach (var item in page["value"] as JsonArray ?? [])
            {
                if (item is JsonObject document)
                {
                    yield return document;
                }
            }

            next = page["nextLink"]?.ToString() is { Length: > 0 } link ? ArmOperations.PathOf(link) : null;
        }
    }

    /// <summary>
    /// The addresses that the control plane tells its clients, https, the one in use first; none when it is not a Mover or tells none.
    /// </summary>
    public async Task<IReadOnlyList<string>> ReadAddressesAsync(CancellationToken cancel)
    {
        try
        {
            var answer = await Pipeline.SendAsync(new(HttpMethod.Get, "/addresses"), cancel).ConfigureAwait(false);
            return [.. (answer.Body?["addresses"] as JsonArray ?? [])
                .Select(one => one is JsonValue text && text.TryGetValue<string>(out var address) ? address : string.Empty)
                .Where(address => Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps)
                .Take(AgentChannelLimits.AddressesMax)];
        }
        catch (ArmException refused) when (refused.Error.Status is >= 400 and < 500 and not 401)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    internal static string Url(string path, string? action = null)
    {
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return $"{escaped}{(action is null ? string.Empty : "/" + action)}?api-version={AskedVersions.For(path, action)}";
    }

    private static JsonObject Document(ArmAnswer answer) => answer.Body as JsonObject
        ?? throw new ArmException(
            new(answer.Status, ArmException.NoErrorBody, "The server's response has no resource."), answer.CorrelationId);
}
