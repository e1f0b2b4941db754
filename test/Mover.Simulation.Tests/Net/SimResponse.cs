using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mover.Simulation;

/// <summary>An answer in the making: it is kept whole, and sent when it is.</summary>
internal sealed class SimResponse : IHttpResponseFeature
{
    private readonly List<(Func<object, Task> Act, object State)> _starting = [];
    private readonly List<(Func<object, Task> Act, object State)> _completed = [];
    private readonly Content _content;

    public SimResponse()
    {
        _content = new(this);
        BodyFeature = new StreamResponseBodyFeature(_content);
    }

    public StreamResponseBodyFeature BodyFeature { get; }

    public int StatusCode { get; set; } = 200;

    public string? ReasonPhrase { get; set; }

    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    public Stream Body
    {
        get => _content;
        set => throw new NotSupportedException("The body is what the body feature has.");
    }

    public bool HasStarted { get; private set; }

    public void OnStarting(Func<object, Task> callback, object state) => _starting.Add((callback, state));

    public void OnCompleted(Func<object, Task> callback, object state) => _completed.Add((callback, state));

    public async Task StartAsync()
    {
        if (!HasStarted)
        {
            for (var at = _starting.Count - 1; at >= 0; at--)
            {
                await _starting[at].Act(_starting[at].State);
            }

            HasStarted = true;
        }
    }

    public async Task EndAsync()
    {
        await StartAsync();
        await BodyFeature.CompleteAsync();
        for (var at = _completed.Count - 1; at >= 0; at--)
        {
            await _completed[at].Act(_completed[at].State);
        }
    }

    public HttpResponseMessage ToMessage()
    {
        var message = new HttpResponseMessage((System.Net.HttpStatusCode)StatusCode)
        {
            Content = new ByteArrayContent(_content.ToArray()),
        };
        foreach (var (name, values) in Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        return message;
    }

    private sealed class Content(SimResponse response) : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await response.StartAsync();
            await base.WriteAsync(buffer, cancellationToken);
        }

        public override async Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            await response.StartAsync();
            await base.WriteAsync(buffer.AsMemory(offset, count), cancellationToken);
        }

        public override async Task FlushAsync(CancellationToken cancellationToken) => await response.StartAsync();
    }
}
