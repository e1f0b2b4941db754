using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mover.Client;
using Mover.Recovery.Tests.Deploy;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Interrupted;

/// <summary>What goes wrong between a client and its control plane.</summary>
public enum Trouble
{
    /// <summary>From a request on, the caller's role is gone.</summary>
    RightsGo,

    /// <summary>A request is throttled twice, and then taken.</summary>
    ThrottlesTwice,

    /// <summary>From a request on, all are throttled.</summary>
    Throttles,

    /// <summary>From a request on, a gateway answers 503.</summary>
    Fails,

    /// <summary>From a request on, no connection comes about.</summary>
    IsAway,

    /// <summary>A request is carried out, and the connection breaks before its answer.</summary>
    LosesAnAnswer,

    /// <summary>The client's process is killed before a request.</summary>
    KilledBefore,

    /// <summary>The client's process is killed after a request was carried out.</summary>
    KilledAfter,
}

/// <summary>The process was killed.</summary>
public sealed class KilledException() : Exception("The process was killed.");

/// <summary>A client of a real control plane, between which something goes wrong at a request of a given number.</summary>
internal sealed class TroubledClient : IDisposable
{
    private readonly Handler _handler;

    /// <param name="server">The control plane.</param>
    /// <param name="trouble">What goes wrong.</param>
    /// <param name="at">At which request, from 1.</param>
    public TroubledClient(TestServer server, Trouble trouble, int at)
    {
        _handler = new(trouble, at);
        Client = RecoveryScene.Client(
            server, over: inner =>
            {
                _handler.InnerHandler = inner;
                return _handler;
            },
            retry: new() { FirstDelay = TimeSpan.FromMilliseconds(1), AttemptsMax = 3 });
    }

    public MoverClient Client { get; }

    /// <summary>Whether so many requests were sent that it went wrong.</summary>
    public bool WasHit => _handler.WasHit;

    public void Dispose()
    {
        Client.Dispose();
        _handler.Dispose();
    }

    private sealed class Handler(Trouble trouble, int at) : DelegatingHandler
    {
        private int _requests;

        public bool WasHit => _requests >= at;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var number = Interlocked.Increment(ref _requests);
            if (number < at)
            {
                return await base.SendAsync(request, cancellationToken);
            }

            switch (trouble)
            {
                case Trouble.RightsGo:
                    return Refusal(HttpStatusCode.Forbidden, "AuthorizationFailed", "The client has no authorization to do this.");
                case Trouble.ThrottlesTwice when number < at + 2:
                case Trouble.Throttles:
                    return Refusal(HttpStatusCode.TooManyRequests, "TooManyRequests", "The limit of requests is reached.");
                case Trouble.Fails:
                    return Refusal(HttpStatusCode.ServiceUnavailable, "ServiceUnavailable", "The service cannot answer.");
                case Trouble.IsAway:
                    throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
                case Trouble.KilledBefore:
                    throw new KilledException();
            }

            var answer = await base.SendAsync(request, cancellationToken);
            if (number == at && trouble is Trouble.LosesAnAnswer or Trouble.KilledAfter)
            {
                answer.Dispose();
                throw trouble == Trouble.LosesAnAnswer ? new HttpRequestException("The connection broke.") : new KilledException();
            }

            return answer;
        }

        private static HttpResponseMessage Refusal(HttpStatusCode status, string code, string message) => new(status)
        {
            Content = new StringContent($$"""{"error":{"code":"{{code}}","message":"{{message}}"} }""", Encoding.UTF8, "application/json"),
            Headers = { RetryAfter = status == HttpStatusCode.TooManyRequests ? new RetryConditionHeaderValue(TimeSpan.Zero) : null },
        };
    }
}
