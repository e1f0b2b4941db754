using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Mover.Cli.Tests;

/// <summary>A Blob service on a free port that answers 503 so many times, at the start or from some request on, and then has one empty container.</summary>
internal sealed class BusyBlobService : IAsyncDisposable
{
    private const string Empty = "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs /><NextMarker /></EnumerationResults>";
    private readonly WebApplication _app;
    private int _requests;

    private BusyBlobService(WebApplication app)
    {
        _app = app;
    }

    public int Requests => Volatile.Read(ref _requests);

    public string Container => $"{_app.Urls.First()}/account/container";

    public static async Task<BusyBlobService> StartAsync(int timesBusy, int answeredFirst = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var service = new BusyBlobService(app);
        app.Run(http => service.AnswerAsync(http, answeredFirst, timesBusy));
        await app.StartAsync();
        return service;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task AnswerAsync(HttpContext http, int answeredFirst, int timesBusy)
    {
        if (Interlocked.Increment(ref _requests) is var request && request > answeredFirst && request - answeredFirst <= timesBusy)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            http.Response.Headers["x-ms-error-code"] = "ServerBusy";
            return Task.CompletedTask;
        }

        http.Response.ContentType = "application/xml";
        return http.Response.WriteAsync(Empty);
    }
}

/// <summary>A clock whose waits are over sooner; what it says of the date is true.</summary>
internal sealed class HastyClock(int times) : TimeProvider
{
    private readonly long _start = System.GetTimestamp();

    public override long GetTimestamp() => _start + ((System.GetTimestamp() - _start) * times);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Sooner(dueTime), Sooner(period));

    private TimeSpan Sooner(TimeSpan time) => time <= TimeSpan.Zero ? time : time / times;
}
