using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Access;
using Mover.Server.Gates;
using Mover.Server.Tests.Authorization;

namespace Mover.Server.Tests.Access;

/// <summary>Rights are judged when they are used: after a body has arrived, however slowly.</summary>
public sealed class BodyGateTests : IAsyncLifetime
{
    private readonly BodyClock _clock = new();
    private TestServer _server = null!;
    private Caller _owner = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(clock: _clock);
        _owner = await _server.NewCallerAsync("owner");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_caller_deleted_while_sending_a_body_cannot_grant_rights()
    {
        await _server.GiveAsync(BuiltInRoles.Owner, _owner.ObjectId, "/");
        var body = new HeldContent(Callers.AssignmentBody(BuiltInRoles.Owner.Name, Guid.NewGuid().ToString()));
        var answer = SendAsync(HttpMethod.Put, Callers.Versioned(Callers.Assignment("/")), body);
        await body.Asked;

        await _server.SendAsync(HttpMethod.Delete, $"/servicePrincipals/{_owner.ApplicationId}");
        body.Release();

        Assert.Equal(HttpStatusCode.Unauthorized, (await answer).StatusCode);
    }

    [Fact]
    public async Task A_caller_who_loses_its_role_while_sending_a_body_creates_nothing()
    {
        var assignment = await _server.GiveAsync(BuiltInRoles.Owner, _owner.ObjectId, "/");
        var body = new HeldContent("""{"displayName":"late"}""");
        var answer = SendAsync(HttpMethod.Post, "/servicePrincipals", body);
        await body.Asked;

        await _server.SendAsync(HttpMethod.Delete, Callers.Versioned(assignment));
        body.Release();

        Assert.Equal(HttpStatusCode.Forbidden, (await answer).StatusCode);
    }

    [Fact]
    public async Task A_body_that_does_not_arrive_in_time_is_not_waited_for()
    {
        await _server.GiveAsync(BuiltInRoles.Owner, _owner.ObjectId, "/");
        var body = new HeldContent("""{"displayName":"late"}""");
        var answer = SendAsync(HttpMethod.Post, "/servicePrincipals", body);
        await body.Asked;

        _clock.PassBodyMax();
        body.Release();

        var refused = await answer;
        Assert.Equal((HttpStatusCode.RequestTimeout, "RequestTimeout"), (refused.StatusCode, await refused.ErrorCodeAsync()));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _owner.Token);

        // The server asks for the body when it has judged the request's head.
        request.Headers.ExpectContinue = true;
        return await _server.Http.SendAsync(request);
    }

    /// <summary>The system's clock, but the time for a body passes when the test says so.</summary>
    private sealed class BodyClock : TimeProvider
    {
        private Action? _late;

        public void PassBodyMax() => _late?.Invoke();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != BodyGate.BodyMax)
            {
                return base.CreateTimer(callback, state, dueTime, period);
            }

            _late = () => callback(state);
            return base.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A body whose sender waits when the server has asked for it.</summary>
    private sealed class HeldContent : HttpContent
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly byte[] _bytes;

        public HeldContent(string json)
        {
            _bytes = Encoding.UTF8.GetBytes(json);
            Headers.ContentType = new("application/json");
        }

        public Task Asked => _asked.Task;

        public void Release() => _released.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _asked.TrySetResult();
            await _released.Task;
            await stream.WriteAsync(_bytes);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _bytes.Length;
            return true;
        }
    }
}
