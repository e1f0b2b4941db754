using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mover.Core;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;

namespace Mover.Client.Agent;

/// <summary>
/// The agent's side of the channel. A refusal of the control plane (any 4xx but 408, 429, and 409 because others wrote at the same
/// time) is a value and never repeated; these, no answer and 5xx are repeated with jittered pauses over all known addresses and end as a
/// transient <see cref="AgentChannelException"/>. Safe for concurrent use.
/// </summary>
public sealed class AgentChannelClient : IDisposable
{
    /// <summary>Times one call is tried; every address once when there are more.</summary>
    public const int AttemptsMax = 4;

    /// <summary>
    /// How long an address may keep silent before the next is asked, and with it every other call that waits there; a call for work may
    /// wait for its own time besides. An address where nothing listens any more is left at once.
    /// </summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(20);
    private readonly string _channel;
    private readonly HttpClient _http;
    private readonly TimeProvider _clock;
    private readonly AgentTokenSource _tokens;

    /// <summary>Makes a client over a handler of <see cref="AgentTrust"/>; the client owns it.</summary>
    public AgentChannelClient(AgentIdentity identity, AgentAddresses addresses, HttpMessageHandler handler, TimeProvider clock)
    {
        (Addresses, _clock, Time) = (addresses, clock, new(clock));
        _channel = string.Join('/', identity.AgentId.Split('/').Select(Uri.EscapeDataString)) + "/channel/";
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _tokens = new(identity, _http, Time);
    }

    /// <summary>The addresses in use.</summary>
    public AgentAddresses Addresses { get; }

    /// <summary>The control plane's time. While the host's clock is wrong, every beat and every report says so.</summary>
    public ControlPlaneTime Time { get; }

    /// <summary>A sign of life.</summary>
    public Task<Result<BeatAnswer>> BeatAsync(BeatRequest beat, CancellationToken cancel) =>
        CallAsync("beat", Fit(beat), AgentProtocolJson.Default.BeatRequest, AgentProtocolJson.Default.BeatAnswer, AnswerTimeout, cancel);

    /// <summary>Asks for work; returns after the request's wait at the latest.</summary>
    public Task<Result<WorkAnswer>> WorkAsync(WorkRequest request, CancellationToken cancel) =>
        CallAsync("work", request, AgentProtocolJson.Default.WorkRequest, AgentProtocolJson.Default.WorkAnswer,
            AnswerTimeout + TimeSpan.FromSeconds(request.WaitSeconds), cancel);

    /// <summary>Reports a run in progress.</summary>
    public Task<Result<ReportAnswer>> ProgressAsync(RunReport report, CancellationToken cancel) =>
        CallAsync(
            "progress", Fit(report), AgentProtocolJson.Default.RunReport, AgentProtocolJson.Default.ReportAnswer, AnswerTimeout, cancel);

    /// <summary>Reports a run's end; repeating it is safe.</summary>
    public Task<Result<ReportAnswer>> FinishAsync(RunReport report, CancellationToken cancel) =>
        CallAsync(
            "finish", Fit(report), AgentProtocolJson.Default.RunReport, AgentProtocolJson.Default.ReportAnswer, AnswerTimeout, cancel);

    /// <summary>Sends entries of the copy log; repeating a batch is safe.</summary>
    public Task<Result<CopyLogAnswer>> LogAsync(CopyLogBatch batch, CancellationToken cancel) =>
        CallAsync("log", batch, AgentProtocolJson.Default.CopyLogBatch, AgentProtocolJson.Default.CopyLogAnswer, AnswerTimeout, cancel);

    /// <summary>Asks for the right to a run's container.</summary>
    public Task<Result<CredentialAnswer>> CredentialsAsync(CredentialRequest request, CancellationToken cancel) =>
        CallAsync(
            "credentials", request, AgentProtocolJson.Default.CredentialRequest, AgentProtocolJson.Default.CredentialAnswer,
            AnswerTimeout, cancel);

    /// <summary>Asks for a short right to list the container of a storage endpoint.</summary>
    public Task<Result<CredentialAnswer>> LookAsync(LookRequest request, CancellationToken cancel) =>
        CallAsync(
            "look", request, AgentProtocolJson.Default.LookRequest, AgentProtocolJson.Default.CredentialAnswer, AnswerTimeout, cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _http.Dispose();
    }

    private BeatRequest Fit(BeatRequest beat) => (beat.Telemetry.Problem ?? Time.Problem) is not { } problem
        ? beat
        : beat with { Telemetry = beat.Telemetry with { Condition = AgentCondition.RequiresAttention, Problem = problem.Fit() } };

    private RunReport Fit(RunReport report) => report with
    {
        StartedAt = report.StartedAt - Time.Skew,
        EndedAt = report.EndedAt - Time.Skew,
        Error = report.Error?.Fit(),
        Warnings =
        [
            .. (Time.Problem is { } wrong ? [wrong, .. report.Warnings] : report.Warnings)
                .Take(AgentChannelLimits.WarningsMax).Select(warning => warning.Fit()),
        ],
    };

    private async Task<Result<TAnswer>> CallAsync<TAsk, TAnswer>(
        string verb, TAsk ask, JsonTypeInfo<TAsk> askType, JsonTypeInfo<TAnswer> answerType, TimeSpan timeout, CancellationToken cancel)
        where TAnswer : notnull
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(ask, askType);
        for (var attempt = 1; ; attempt++)
        {
            var (address, gone) = Addresses.Use();
            var count = Addresses.All.Count;
            var patience = count > 1 ? timeout - AnswerTimeout + SilenceMax : timeout;
            var reply = await TryOnceAsync(address, verb, body, patience, gone, cancel).ConfigureAwait(false);
            if (reply.IsLast)
            {
                Addresses.Failed(address);
            }

            if (reply.Fault is null)
            {
                return Read(reply, answerType);
            }

            Addresses.Failed(address, isGone: reply.Status == 0);
            if (attempt >= Math.Max(AttemptsMax, count) || !reply.Fault.IsTransient)
            {
                throw reply.Fault;
            }

            await Task.Delay(PauseAfter(attempt, reply.RetryAfter), _clock, cancel).ConfigureAwait(false);
        }
    }

    private async Task<Reply> TryOnceAsync(
        string address, string verb, byte[] body, TimeSpan timeout, CancellationToken gone, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(timeout, _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token, gone);
        try
        {
            var reply = await SendAsync(address, verb, body, both.Token).ConfigureAwait(false);

            // A token that ran out while the agent slept, or an issuer that was replaced: one fresh one, then it counts.
            return reply.Status == 401 ? await SendAsync(address, verb, body, both.Token).ConfigureAwait(false) : reply;
        }
        catch (AgentChannelException refused)
        {
            return new(refused.Status, [], null, refused);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Unreachable(
                address, gone.IsCancellationRequested ? "no server responds there" : $"no response within {timeout.TotalSeconds:F0} "
                    + "s", null);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or JsonException)
        {
            return Unreachable(address, broken.Message, broken);
        }
    }

    private async Task<Reply> SendAsync(string address, string verb, byte[] body, CancellationToken cancel)
    {
        var token = await _tokens.GetAsync(address, cancel).ConfigureAwait(false);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{address}{_channel}{verb}"));
        request.Headers.Authorization = new("Bearer", token);
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        Time.Learn(answer);
        var content = await answer.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
        var status = (int)answer.StatusCode;
        if (status == 401)
        {
            _tokens.Forget(token);
        }

        return new(status, content, answer.Headers.RetryAfter?.Delta, FaultOf(address, verb, status, content))
        {
            IsLast = answer.Headers.Contains(AgentChannelLimits.LeavingHeader),
        };
    }

    private static AgentChannelException? FaultOf(string address, string verb, int status, byte[] content) => status switch
    {
        408 or 429 or >= 500 => new(status, "Unavailable", $"{address} returned status {status} for {verb}."),
        409 when AgentRefusal.Read(status, content) is { Code: ArmErrors.ConcurrentRequest } contended =>
            new(status, contended.Code, $"{address} did not accept {verb}: {contended.Message}"),
        _ => null,
    };

    private static Reply Unreachable(string address, string why, Exception? cause) =>
        new(0, [], null, new(0, "Unreachable", $"Cannot reach {address}: {why}", cause));

    private static Result<TAnswer> Read<TAnswer>(Reply reply, JsonTypeInfo<TAnswer> type)
        where TAnswer : notnull
    {
        if (reply.Status is < 200 or > 299)
        {
            return AgentRefusal.Read(reply.Status, reply.Body);
        }

        try
        {
            return JsonSerializer.Deserialize(reply.Body, type) is { } value
                ? value
                : throw new AgentChannelException(reply.Status, "AnswerInvalid", "The control plane's response is empty.");
        }
        catch (JsonException broken)
        {
            throw new AgentChannelException(reply.Status, "AnswerInvalid", "Cannot read the control plane's response.", broken);
        }
    }

    // Half fixed, half random: agents that lost the same server do not come back in step.
    private static TimeSpan PauseAfter(int attempt, TimeSpan? asked)
    {
        var pause = FirstPause * Math.Pow(2, attempt - 1) * (RandomNumberGenerator.GetInt32(500, 1001) / 1000.0);
        pause = asked is { } wanted && wanted > pause ? wanted : pause;
        return pause < PauseMax ? pause : PauseMax;
    }

    private sealed record Reply(int Status, byte[] Body, TimeSpan? RetryAfter, AgentChannelException? Fault)
    {
        /// <summary>The instance said that it leaves.</summary>
        public bool IsLast { get; init; }
    }
}
