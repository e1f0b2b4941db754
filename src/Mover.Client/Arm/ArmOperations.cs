using System.Text.Json.Nodes;

namespace Mover.Client.Arm;

/// <summary>Waits for ARM's asynchronous operations. Source: ARM RPC, "asynchronous operations".</summary>
public sealed class ArmOperations(ArmPipeline pipeline, MoverClientOptions options, TimeProvider clock)
{
    /// <summary>
    /// Returns when the operation that <paramref name="started"/> began has ended well: by <c>Azure-AsyncOperation</c> when it was sent,
    /// else by <c>Location</c>; at once when neither was. Answers the last answer, and throws <see cref="ArmException"/> when the
    /// operation failed or was canceled.
    /// </summary>
    public async Task<ArmAnswer> WaitAsync(ArmAnswer started, CancellationToken cancel)
    {
        var link = started.AsyncOperation ?? started.Location;
        var answer = started;
        while (link is not null)
        {
            await Task.Delay(answer.RetryAfter ?? options.PollInterval, clock, cancel).ConfigureAwait(false);
            answer = await pipeline.SendAsync(new(HttpMethod.Get, PathOf(link)), cancel).ConfigureAwait(false);
            var status = (answer.Body as JsonObject)?["status"]?.ToString();
            switch (status)
            {
                case "Succeeded":
                case null when answer.Status != 202:
                    return answer;
                case "Failed" or "Canceled":
                    throw new ArmException(Outcome(status, answer.Body), answer.CorrelationId);
                default:
                    // A poll may sign its links anew.
                    link = answer.AsyncOperation ?? answer.Location ?? link;
                    break;
            }
        }

        return answer;
    }

    /// <summary>
    /// The path and query of a link that the server gave. Links are followed at the address in use, never elsewhere: the token goes
    /// nowhere that the caller did not name.
    /// </summary>
    public static string PathOf(string link) =>
        Uri.TryCreate(link, UriKind.Absolute, out var absolute) && !absolute.IsFile ? absolute.PathAndQuery
        : link.StartsWith('/') ? link
        : "/" + link;

    private static Core.Arm.ArmError Outcome(string status, JsonNode? body)
    {
        var error = ArmException.Read(200, body);
        return error.Code == ArmException.NoErrorBody ? new(200, $"Operation{status}", "The operation ended with status "
            + $"{status}.") : error;
    }
}
