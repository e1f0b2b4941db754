using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Mover.State.Etcd.Wire;

namespace Mover.State.Tests.Etcd;

/// <summary>What answers as an etcd member does, but says what a test wants: other versions, other clusters, nothing at all.</summary>
internal sealed class ScriptedMember : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);

    private ScriptedMember(WebApplication app) => _app = app;

    /// <summary>What it says of itself.</summary>
    public StatusResponse Status { get; } = new() { Version = "3.5.16", Leader = 1, Header = new() { ClusterId = 7, MemberId = 1 } };

    /// <summary>The members that it knows.</summary>
    public MemberListResponse Members { get; } = new();

    /// <summary>The revision that it answers to reads.</summary>
    public long Revision { get; set; } = 5;

    /// <summary>The revision that its watches have come to.</summary>
    public long WatchRevision { get; set; } = 5;

    /// <summary>Its watches say nothing any more once they are taken.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What it answers to a transaction with writes: a status and a text, or null to break the connection.</summary>
    public (int Status, string Text)? Commit { get; set; }

    public Uri Address => new(_app.Urls.Single());

    public static async Task<ScriptedMember> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // A watch is a request whose body comes slowly.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var member = new ScriptedMember(app);
        app.Run(member.AnswerAsync);
        await app.StartAsync();
        return member;
    }

    /// <summary>How often a method was called.</summary>
    public int Calls(string method) => _calls.GetValueOrDefault(method);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task SendAsync(HttpContext context, IMessage? message, int status, string text)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        if (message is not null)
        {
            await WriteAsync(context, message);
        }

        context.Response.AppendTrailer("grpc-status", $"{status}");
        context.Response.AppendTrailer("grpc-message", text);
    }

    private static async Task WriteAsync(HttpContext context, IMessage message)
    {
        var frame = new byte[5 + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.CalculateSize());
        message.WriteTo(frame.AsSpan(5));
        await context.Response.Body.WriteAsync(frame);
        await context.Response.Body.FlushAsync();
    }

    // Takes every watch, and tells at each request how far it has come.
    private async Task WatchAsync(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        var header = new byte[5];
        try
        {
            while (true)
            {
                await context.Request.Body.ReadExactlyAsync(header, context.RequestAborted);
                var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
                await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
                var isNew = WatchRequest.Parser.ParseFrom(body).CreateRequest is not null;
                if (isNew || !IsSilent)
                {
                    await WriteAsync(context, new WatchResponse { Header = new() { Revision = WatchRevision }, Created = isNew });
                }
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The watcher has left.
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var method = context.Request.Path.Value!.Split('/')[^1];
        if (method == "Watch")
        {
            _calls.AddOrUpdate(method, 1, (_, count) => count + 1);
            await WatchAsync(context);
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var message = body.ToArray().AsMemory(5);
        if (method == "Txn" && TxnRequest.Parser.ParseFrom(message.Span).Success.Any(op => op.RequestPut is not null))
        {
            await CommitAsync(context);
            return;
        }

        _calls.AddOrUpdate(method, 1, (_, count) => count + 1);
        IMessage? answer = method switch
        {
            "Status" => Status,
            "MemberList" => Members,
            "Txn" => new TxnResponse { Header = new() { Revision = Revision }, Succeeded = true },
            _ => null,
        };
        await SendAsync(context, answer, answer is null ? 12 : 0, string.Empty);
    }

    private async Task CommitAsync(HttpContext context)
    {
        _calls.AddOrUpdate("Commit", 1, (_, count) => count + 1);
        if (Commit is { } said)
        {
            await SendAsync(context, null, said.Status, said.Text);
            return;
        }

        context.Abort();
    }
}
