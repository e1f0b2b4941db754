using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Mover.SystemTests.Harness;

/// <summary>
/// A real HTTP server between a client and the Blob service: passes everything on as it is, misbehaves on order, and tells what it saw.
/// Orders and signals are called for many requests at once.
/// </summary>
internal sealed class BlobProxy : IAsyncDisposable
{
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private static readonly string[] OwnHeaders = ["Host", "Connection", "Transfer-Encoding", "Keep-Alive"];

    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _service = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
    private readonly string _serviceUrl;
    private long _number;

    private BlobProxy(WebApplication app, string serviceUrl) => (_app, _serviceUrl) = (app, serviceUrl);

    /// <summary>The account's Blob endpoint, path style.</summary>
    public string Endpoint => $"{_app.Urls.First()}/{Azurite.Account}";

    /// <summary>Says how to misbehave for a request; null passes it on.</summary>
    public Func<BlobRequest, Order?> Orders { get; set; } = static _ => null;

    /// <summary>Awaited before a request is looked at further: holds it back.</summary>
    public Func<BlobRequest, Task> Before { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Called when a request has been read whole.</summary>
    public Action<BlobRequest> Received { get; set; } = static _ => { };

    /// <summary>Called when the answer to a request, a success, is with the operating system.</summary>
    public Action<BlobRequest> Acknowledged { get; set; } = static _ => { };

    public static async Task<BlobProxy> StartAsync(Azurite blobs)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var app = builder.Build();
        var proxy = new BlobProxy(app, blobs.Endpoint[..^(Azurite.Account.Length + 1)]);
        app.Run(proxy.HandleAsync);
        await app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _service.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = BlobRequest.Of(context.Request.Method, target, Interlocked.Increment(ref _number));
        try
        {
            await Before(request).WaitAsync(context.RequestAborted);
            var order = Orders(request);
            var body = await ReadAsync(context, order?.Kind is Misbehaviour.CutRequest);
            if (order?.Kind is Misbehaviour.CutRequest)
            {
                context.Abort();
                return;
            }

            Received(request);
            await (order?.Kind is Misbehaviour.Answer ? AnswerAsync(context, order) : PassAsync(context, request, target, body, order));
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or HttpRequestException)
        {
            // The client or the service went away, as processes do that are killed.
            context.Abort();
        }
    }

    private static async Task<byte[]?> ReadAsync(HttpContext context, bool halfOnly)
    {
        if (context.Request.ContentLength is not { } length)
        {
            return null;
        }

        var body = new byte[halfOnly ? length / 2 : length];
        await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
        return body;
    }

    private static async Task AnswerAsync(HttpContext context, Order order)
    {
        var answer = context.Response;
        answer.StatusCode = order.Status;
        if (order.Code.Length > 0)
        {
            answer.Headers["x-ms-error-code"] = order.Code;
        }

        if (order.RetryAfterSeconds is { } seconds)
        {
            answer.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        answer.ContentLength = 0;
        await answer.CompleteAsync();
    }

    private async Task PassAsync(HttpContext context, BlobRequest request, string target, byte[]? body, Order? order)
    {
        using var passed = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_serviceUrl + target, AsWritten));
        passed.Content = body is null ? null : new ByteArrayContent(body);
        foreach (var (name, values) in context.Request.Headers.Where(header => !OwnHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!passed.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                passed.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        using var answer = await _service.SendAsync(passed, CancellationToken.None);
        var content = await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
        if (order?.Kind is Misbehaviour.LoseAnswer)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers)
            .Where(header => !OwnHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        var isHead = HttpMethods.IsHead(context.Request.Method);
        if (!isHead && answer.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified))
        {
            context.Response.ContentLength = content.Length;
        }

        if (order?.Kind is Misbehaviour.CutAnswer)
        {
            await context.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
            return;
        }

        if (!isHead && content.Length > 0)
        {
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }

        await context.Response.CompleteAsync();
        if (answer.IsSuccessStatusCode && !context.RequestAborted.IsCancellationRequested)
        {
            Acknowledged(request);
        }
    }
}
