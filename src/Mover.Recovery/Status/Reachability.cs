using System.Security.Authentication;

namespace Mover.Recovery.Status;

/// <summary>Whether something answers at an address. Nothing is said there, and no token is sent.</summary>
public static class Reachability
{
    /// <summary>How long an answer is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Null when something answers, whatever it says; else why nothing does.</summary>
    public static async Task<string?> AskAsync(HttpMessageHandler handler, Uri address, TimeProvider clock, CancellationToken cancel)
    {
        using var http = new HttpMessageInvoker(handler, disposeHandler: false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = clock.CreateTimer(_ => limit.Cancel(), null, Patience, Timeout.InfiniteTimeSpan);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/metadata/endpoints?api-version=2022-09-01"));
        try
        {
            using var answer = await http.SendAsync(request, limit.Token);
            return (int)answer.StatusCode >= 500 ? $"it returns status {(int)answer.StatusCode}" : null;
        }
        catch (HttpRequestException fault) when (fault.GetBaseException() is AuthenticationException)
        {
            return null;
        }
        catch (HttpRequestException fault)
        {
            return fault.GetBaseException().Message;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"no response in {Patience.TotalSeconds:F0} s";
        }
    }
}
