using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Server.Access;
using Mover.Server.Identity;

namespace Mover.Simulation;

/// <summary>A person with a client: asks one server after the other, and tells what was answered from what was not.</summary>
internal sealed class Operator
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(30);

    private readonly World _world;
    private readonly IReadOnlyList<ServerNode> _servers;
    private readonly NodeClock _clock;
    private readonly HttpClient _http;
    private string? _token;
    private long _tokenAt;
    private int _next;

    public Operator(World world, Network network, IReadOnlyList<ServerNode> servers, string name)
    {
        (_world, _servers) = (world, servers);
        Process = new(new(world, name), name);
        _clock = new(Process);
        _http = new(network.Connect(Process)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Process Process { get; }

    /// <summary>An administrator's token.</summary>
    public string Token()
    {
        if (_token is null || _world.Now - _tokenAt > TokenLife.Ticks)
        {
            var folder = _servers.First(server => File.Exists(new IdentityFiles(server.Folder).AdministratorPath)).Folder;
            _token = AdministratorToken.Create(folder, _clock).Reveal();
            _tokenAt = _world.Now;
        }

        return _token;
    }

    /// <summary>Asks once, one server; null when no answer came.</summary>
    public async Task<Answer?> AskOnceAsync(string method, string path, string? json = null, string? ifMatch = null, ServerNode? server = null)
    {
        server ??= _servers[_next++ % _servers.Count];
        using var limit = new CancellationTokenSource(AnswerMax, _clock);
        using var request = new HttpRequestMessage(new(method), new Uri(server.Url + path));
        request.Headers.Authorization = new("Bearer", Token());
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation(ifMatch == "none" ? "If-None-Match" : "If-Match", ifMatch == "none" ? "*" : ifMatch);
        }

        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        try
        {
            using var answer = await _http.SendAsync(request, limit.Token);
            var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
            {
                _token = null;
            }

            return new((int)answer.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null, text)
            {
                IsStale = answer.Headers.Any(header => header.Key.Contains("stale", StringComparison.OrdinalIgnoreCase)),
                ETag = answer.Headers.ETag?.ToString(),
            };
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Asks until it is answered with something else than that the service is away.</summary>
    public async Task<Answer> AskAsync(string method, string path, string? json = null)
    {
        while (true)
        {
            if (await AskOnceAsync(method, path, json) is { Status: < 500 and not 401 and not 429 and not 408 } answer)
            {
                return answer;
            }

            await PauseAsync(TimeSpan.FromSeconds(1));
        }
    }

    public Task PauseAsync(TimeSpan time) => _world.DelayAsync(time, Process);
}

/// <summary>What a server answered.</summary>
internal sealed record Answer(int Status, JsonNode? Json, string Text)
{
    public string? ETag { get; init; }

    /// <summary>It is from a copy, and says so.</summary>
    public bool IsStale { get; init; }

    public bool IsDone => Status is >= 200 and < 300;
}
