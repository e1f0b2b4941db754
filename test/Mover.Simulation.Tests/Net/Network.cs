using System.Net;

namespace Mover.Simulation;

/// <summary>
/// The network between machines: requests and answers take their time, are lost, come twice, or meet nobody. Both directions of a link
/// fail together; a link that is cut is silent.
/// </summary>
internal sealed class Network(World world)
{
    private static readonly TimeSpan LatencyMin = TimeSpan.FromMicroseconds(100);

    private readonly Dictionary<string, SimServer> _listening = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Machine> _machines = new(StringComparer.Ordinal);
    private readonly HashSet<(string One, string Other)> _cut = [];

    /// <summary>The share of requests that are lost, and, separately, of answers.</summary>
    public double Loss { get; set; }

    /// <summary>The share of requests to <see cref="MayComeTwice"/> that arrive a second time, later.</summary>
    public double Doubles { get; set; }

    /// <summary>How much later at most.</summary>
    public TimeSpan DoublesWithin { get; set; } = TimeSpan.FromSeconds(5);

    public TimeSpan LatencyMax { get; set; } = TimeSpan.FromMilliseconds(3);

    public Func<string, bool> MayComeTwice { get; set; } = path => path.Contains("/channel/", StringComparison.Ordinal);

    /// <summary>Hears of every request when it is sent.</summary>
    public Action<Exchange>? Sent { get; set; }

    /// <summary>Changes a request on its way; null for none.</summary>
    public Func<Exchange, Exchange>? Bend { get; set; }

    /// <summary>Changes an answer on its way; null for none.</summary>
    public Func<Exchange, HttpResponseMessage, HttpResponseMessage>? BendAnswer { get; set; }

    public void Add(string address, Machine machine) => _machines[address] = machine;

    public void Listen(string address, SimServer server) => _listening[address] = server;

    public void Leave(string address, SimServer server)
    {
        if (_listening.GetValueOrDefault(address) == server)
        {
            _listening.Remove(address);
        }
    }

    public void Cut(Machine one, Machine other)
    {
        _cut.Add((one.Name, other.Name));
        _cut.Add((other.Name, one.Name));
    }

    public void Mend(Machine one, Machine other)
    {
        _cut.Remove((one.Name, other.Name));
        _cut.Remove((other.Name, one.Name));
    }

    public void MendAll() => _cut.Clear();

    public bool IsCut(Machine one, Machine other) => _cut.Contains((one.Name, other.Name));

    public HttpMessageHandler Connect(Process from) => new Client(this, from);

    private TimeSpan Latency() => world.Between(LatencyMin, LatencyMax);

    private async Task<HttpResponseMessage> SendAsync(Process from, HttpRequestMessage request, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var uri = request.RequestUri ?? throw new InvalidOperationException("A request has an address.");
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancel);
        var exchange = new Exchange(request.Method.Method, uri, Headers(request), body);
        Sent?.Invoke(exchange);
        var machine = _machines[uri.Authority];
        var answered = new TaskCompletionSource<HttpResponseMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var gone = cancel.Register(() =>
        {
            answered.TrySetCanceled(cancel);
            world.Schedule(Latency(), null, exchange.Abort);
        });
        if (!IsCut(from.Machine, machine) && !world.Chance(Loss))
        {
            world.Schedule(Latency(), null, () => Arrive(from, machine, exchange, answered));
            if (Doubles > 0 && MayComeTwice(uri.AbsolutePath) && world.Chance(Doubles))
            {
                var again = new Exchange(exchange.Method, exchange.Uri, exchange.Headers, exchange.Body);
                world.Schedule(world.Between(LatencyMin, DoublesWithin), null, () => Arrive(from, machine, again, new()));
            }
        }

        return await answered.Task;
    }

    private void Arrive(Process from, Machine machine, Exchange exchange, TaskCompletionSource<HttpResponseMessage> answered)
    {
        if (!_listening.TryGetValue(exchange.Uri.Authority, out var server) || server.Process.IsDead)
        {
            Refuse(from, answered, HttpRequestError.ConnectionError, "Connection refused");
            return;
        }

        // One that stands still answers when it goes on; one that is killed ends its connections.
        void Reset() => Refuse(from, answered, HttpRequestError.ResponseEnded, "The connection was reset");
        server.Process.AtDeath.Add(Reset);
        world.Schedule(0, server.Process, () => _ = AnswerAsync());

        async Task AnswerAsync()
        {
            try
            {
                var answer = await server.AnswerAsync(Bend?.Invoke(exchange) ?? exchange);
                answer = answer is not null && BendAnswer is { } bend ? bend(exchange, answer) : answer;
                server.Process.AtDeath.Remove(Reset);
                world.Note("http", $"{from.Name} {exchange.Method} {exchange.Uri.Host}{exchange.Uri.AbsolutePath} {(int?)answer?.StatusCode}");
                if (answer is null)
                {
                    Reset();
                }
                else if (!IsCut(from.Machine, machine) && !world.Chance(Loss))
                {
                    world.Schedule(Latency(), from, () => answered.TrySetResult(answer));
                }
            }
            catch (Exception fault)
            {
                world.Fail($"The simulation broke: {fault}");
            }
        }
    }

    private void Refuse(Process from, TaskCompletionSource<HttpResponseMessage> answered, HttpRequestError error, string why) =>
        world.Schedule(Latency(), from, () => answered.TrySetException(new HttpRequestException(error, why)));

    private static List<KeyValuePair<string, string>> Headers(HttpRequestMessage request) =>
    [
        .. request.Headers.Concat(request.Content?.Headers.AsEnumerable() ?? [])
            .Select(header => KeyValuePair.Create(header.Key, string.Join(", ", header.Value))),
    ];

    private sealed class Client(Network network, Process from) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            network.SendAsync(from, request, cancellationToken);
    }
}

/// <summary>A request on its way.</summary>
internal sealed class Exchange(string method, Uri uri, List<KeyValuePair<string, string>> headers, byte[] body)
{
    private readonly CancellationTokenSource _aborted = new();

    public string Method => method;

    public Uri Uri => uri;

    public List<KeyValuePair<string, string>> Headers => headers;

    public byte[] Body => body;

    public CancellationToken Aborted => _aborted.Token;

    public void Abort() => _aborted.Cancel();
}
