using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Mover.Client.Arm;

namespace Mover.Client.Tests;

/// <summary>One answer of the script.</summary>
internal sealed record Answer(int Status, string Body = "", params (string Name, string Value)[] Headers)
{
    /// <summary>Breaks the connection instead of answering.</summary>
    public static readonly Answer Cut = new(0);

    public static Answer Json(string body, params (string Name, string Value)[] headers) => new(200, body, headers);
}

/// <summary>What the server was asked.</summary>
internal sealed record Asked(
    string Method, string PathAndQuery, string Body, string? Authorization, string? IfMatch, string? CorrelationId);

/// <summary>A real Kestrel on a free port of loopback that answers by a script, in order, and remembers what it was asked.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Answer> _script;

    private ScriptedServer(WebApplication app, ConcurrentQueue<Answer> script)
    {
        _app = app;
        _script = script;
    }

    public ConcurrentQueue<Asked> Requests { get; } = new();

    public Uri Address => new(_app.Urls.First());

    public static Task<ScriptedServer> StartAsync(params Answer[] script) => StartAsync(null, script);

    public static async Task<ScriptedServer> StartAsync(X509Certificate2? certificate, params Answer[] script)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        var server = new ScriptedServer(app, new(script));
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>A client of this server that waits a millisecond between attempts.</summary>
    public MoverClient CreateClient(ArmRetry? retry = null, TokenSource? token = null, params Uri[] before) => new(
        new()
        {
            Addresses = [.. before, Address],
            Token = token,
            Retry = retry ?? new() { FirstDelay = TimeSpan.FromMilliseconds(1) },
            PollInterval = TimeSpan.FromMilliseconds(1),
        },
        ArmTransport.CreateHandler(null),
        TimeProvider.System);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var headers = context.Request.Headers;
        Requests.Enqueue(new(
            context.Request.Method, context.Request.Path + context.Request.QueryString, body,
            headers.Authorization, headers.IfMatch, headers["x-ms-correlation-request-id"]));
        if (!_script.TryDequeue(out var answer))
        {
            answer = new(418, """{"error":{"code":"ScriptEnded","message":"The script has no more answers."}}""");
        }

        if (answer == Answer.Cut)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value.Replace("{address}", Address.ToString().TrimEnd('/'), StringComparison.Ordinal);
        }

        if (answer.Status != 204)
        {
            var text = answer.Body.Replace("{address}", Address.ToString().TrimEnd('/'), StringComparison.Ordinal);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(text);
        }
    }
}
