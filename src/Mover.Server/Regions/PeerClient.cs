using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mover.Server.Arm;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>
/// Speaks to the servers of the other region: the one that answered last is asked first, the others when it cannot be reached. Safe for
/// concurrent use.
/// </summary>
internal sealed class PeerClient : IDisposable
{
    /// <summary>How long a connection may take, and an answer that waits for nothing.</summary>
    public static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(3);

    /// <summary>How long a part of the state may take.</summary>
    public static readonly TimeSpan PartMax = TimeSpan.FromSeconds(30);

    private readonly RegionPair _pair;
    private readonly RegionPass _pass;
    private readonly string _ownAuthority;
    private readonly HttpClient _http;
    private readonly TimeProvider _clock;
    private volatile int _last;

    /// <summary>Makes one; <paramref name="connect"/> takes the place of the network.</summary>
    public PeerClient(
        RegionPair pair, RegionPass pass, string ownAuthorityFile, TimeProvider clock, Func<HttpMessageHandler>? connect = null)
    {
        (_pair, _pass, _ownAuthority, _clock) = (pair, pass, ownAuthorityFile, clock);
#pragma warning disable CA2000 // The client disposes it.
        _http = new(connect?.Invoke() ?? Connect()) { Timeout = Timeout.InfiniteTimeSpan };
#pragma warning restore CA2000
    }

    /// <summary>The region that it speaks to.</summary>
    public string Region => _pair.Region;

    /// <summary>What the other region says of itself. Throws <see cref="StateException"/> when it does not answer as one.</summary>
    public async Task<PeerWord> AskAsync(CancellationToken cancel)
    {
        using var answer = await SendAsync("/region/word", to => new(HttpMethod.Get, to), AnswerMax, cancel);
        return await ReadWordAsync(answer, cancel);
    }

    /// <summary>Asks the other region to take no more writes; answers what it says then.</summary>
    public async Task<PeerWord> DrainAsync(long epoch, CancellationToken cancel)
    {
        using var answer = await PostAsync("/region/drain", new DrainRequest(epoch), PeerJson.Default.DrainRequest, AnswerMax, cancel);
        return await ReadWordAsync(answer, cancel);
    }

    /// <summary>Tells the other region, which was drained, that nothing takes over; answers what it says then.</summary>
    public async Task<PeerWord> ResumeAsync(ResumeRequest request, CancellationToken cancel)
    {
        using var answer = await PostAsync("/region/resume", request, PeerJson.Default.ResumeRequest, AnswerMax, cancel);
        return await ReadWordAsync(answer, cancel);
    }

    /// <summary>
    /// Asks the other region, a standby, not to take over for a while from now on; false when it does not promise that. Throws
    /// <see cref="StateException"/> when it does not answer.
    /// </summary>
    /// <param name="request">Who asks, and for how long.</param>
    /// <param name="most">How long the answer may take.</param>
    /// <param name="cancel">Stops the wait.</param>
    public async Task<bool> PromiseAsync(PromiseRequest request, TimeSpan most, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(most, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            using var answer = await PostAsync("/region/promise", request, PeerJson.Default.PromiseRequest, most, either.Token);
            return true;
        }
        catch (StateException refused) when (refused.Fault == StateFault.NotServing)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new StateException(StateFault.Unavailable, $"'{Region}' did not respond within {most.TotalSeconds:0.#} s.");
        }
    }

    /// <summary>
    /// A part of the state: entries after a key, or changes after a revision, of a store that serves in an epoch. Throws as
    /// <see cref="IMirrorSource"/> says.
    /// </summary>
    public async Task<MirrorPart> ReadPartAsync(string path, MirrorIdentity of, CancellationToken cancel)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"{path}&store={of.StoreId}&epoch={of.Epoch}");
        using var limit = new CancellationTokenSource(PartMax, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            using var answer = await SendAsync(query, to => new(HttpMethod.Get, to), PartMax, either.Token);
            return MirrorFrames.Read(await ReadBoundedAsync(answer, either.Token));
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException
            || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new StateException(
                StateFault.Unavailable, $"'{Region}' cut off a response: {fault.Message.TrimEnd('.')}.", fault);
        }
    }

    /// <summary>
    /// Sends a caller's request on to the other region; null when none of its servers could be reached, and then nothing was sent.
    /// </summary>
    public async Task<HttpResponseMessage?> TryForwardAsync(Func<Uri, HttpRequestMessage> make, CancellationToken cancel)
    {
        for (var tried = 0; tried < _pair.Addresses.Count; tried++)
        {
            var at = (_last + tried) % _pair.Addresses.Count;
            using var request = make(_pair.Addresses[at]);
            try
            {
                var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
                _last = at;
                return answer;
            }
            catch (HttpRequestException fault) when (IsUnsent(fault))
            {
                // The next address.
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private SocketsHttpHandler Connect()
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        };
        handler.SslOptions.RemoteCertificateValidationCallback = Trusts;
        return handler;
    }

    private Task<HttpResponseMessage> PostAsync<T>(
        string path, T request, JsonTypeInfo<T> type, TimeSpan most, CancellationToken cancel)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(request, type);
        return SendAsync(path, to => new(HttpMethod.Post, to) { Content = new ByteArrayContent(body) }, most, cancel);
    }

    private async Task<HttpResponseMessage> SendAsync(
        string path, Func<Uri, HttpRequestMessage> make, TimeSpan most, CancellationToken cancel)
    {
        Exception? last = null;
        for (var tried = 0; tried < _pair.Addresses.Count; tried++)
        {
            var at = (_last + tried) % _pair.Addresses.Count;
            using var limit = new CancellationTokenSource(most, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
            using var request = make(new(_pair.Addresses[at], path));
            request.Headers.Authorization = new AuthenticationHeaderValue(RegionPass.Scheme, await _pass.MakeAsync(cancel));
            try
            {
                var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
                _last = at;
                return await RefuseAsync(answer, cancel);
            }
            catch (Exception fault) when (fault is HttpRequestException
                || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                last = fault;
            }
        }

        throw new StateException(
            StateFault.Unavailable, $"No server of '{_pair.Region}' responds: {last?.GetBaseException().Message.TrimEnd('.')}.", last);
    }

    private async Task<HttpResponseMessage> RefuseAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync(cancel);
            var fault = answer.StatusCode switch
            {
                HttpStatusCode.Gone => StateFault.HistoryGone,
                HttpStatusCode.Conflict => StateFault.NotServing,
                _ => StateFault.Unavailable,
            };
            throw new StateException(
                fault, $"'{_pair.Region}' answered {(int)answer.StatusCode}: {Core.Arm.PrintedText.Of(text, 300)}");
        }
    }

    private static async Task<PeerWord> ReadWordAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync(PeerJson.Default.PeerWord, cancel)
                ?? throw new JsonException("null");
        }
        catch (JsonException fault)
        {
            throw new StateException(StateFault.Unavailable, "The server there does not belong to the other region.", fault);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBoundedAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
        using var buffer = new MemoryStream();
        var block = new byte[64 * 1024];
        int read;
        while ((read = await stream.ReadAsync(block, cancel)) > 0)
        {
            await buffer.WriteAsync(block.AsMemory(0, read), cancel);
            if (buffer.Length > MirrorFrames.PartBytesMax)
            {
                throw new StateException(
                    StateFault.Damaged, $"The other region sent more than {MirrorFrames.PartBytesMax} bytes at once.");
            }
        }

        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    // Only then is it certain that nothing of a request has arrived.
    private static bool IsUnsent(HttpRequestException fault) => fault.HttpRequestError
        is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError;

    // The authority that the regions share, which may have been rotated since the last handshake; what is given beside it.
    private bool Trusts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (certificate is not X509Certificate2 shown || errors != SslPolicyErrors.RemoteCertificateChainErrors)
        {
            return false;
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var file in new[] { _ownAuthority, _pair.AuthorityFile })
        {
            Add(own.ChainPolicy.CustomTrustStore, file);
        }

        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return own.ChainPolicy.CustomTrustStore.Count > 0 && own.Build(shown);
    }

    private static void Add(X509Certificate2Collection to, string? file)
    {
        try
        {
            if (file is not null && File.Exists(file))
            {
                to.ImportFromPemFile(file);
            }
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            // One that cannot be read trusts nobody.
        }
    }
}

/// <summary>The other region's state, over the network.</summary>
internal sealed class PeerSource(PeerClient peer) : IMirrorSource
{
    private MirrorIdentity? _identity;

    /// <inheritdoc/>
    public async Task<MirrorIdentity> IdentifyAsync(CancellationToken cancel)
    {
        var word = await peer.AskAsync(cancel);
        return word.Role.Duty == RegionDuty.Standby
            ? throw new StateException(StateFault.NotServing, $"'{word.Region}' does not serve: it is a standby.")
            : _identity = new(word.StoreId, word.Role.Epoch, word.Role.ServedFrom);
    }

    /// <inheritdoc/>
    public async Task<MirrorPart> ListAsync(string? after, CancellationToken cancel) => await peer.ReadPartAsync(
        $"/region/entries?after={Uri.EscapeDataString(after ?? string.Empty)}", await OwnAsync(cancel), cancel);

    /// <inheritdoc/>
    public async Task<MirrorPart> ChangesAsync(long after, bool isKept, CancellationToken cancel) => await peer.ReadPartAsync(
        string.Create(CultureInfo.InvariantCulture, $"/region/changes?after={after}&kept={(isKept ? 1 : 0)}"), await OwnAsync(cancel),
        cancel);

    private async Task<MirrorIdentity> OwnAsync(CancellationToken cancel) => _identity ?? await IdentifyAsync(cancel);
}
