using System.Net;
using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// Sends requests to one container: URL, credentials, time limit, one more try with a renewed credential, faults. Thread-safe.
/// Retries for other reasons are the business of whoever decorates the volume.
/// </summary>
internal sealed class BlobClient
{
    /// <summary>The service version asked for: names in listings encoded where XML cannot hold them, blocks up to 4,000 MiB,
    /// CRC-64.</summary>
    private const string ServiceVersion = "2023-11-03";

    // Paths are escaped by us and must arrive unchanged: no dot segments removed, nothing decoded.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly BlobCredential _credential;
    private readonly HttpMessageInvoker _http;
    private readonly AzureBlobOptions _options;
    private readonly TimeProvider _clock;
    private readonly string _containerUrl;
    private readonly string _containerPath;
    private readonly RequestClocks _clocks;

    public BlobClient(
        BlobContainerAddress address, BlobCredential credential, HttpMessageInvoker http, AzureBlobOptions options, TimeProvider clock)
    {
        _credential = credential;
        _http = http;
        _options = options;
        _clock = clock;
        _containerUrl = $"{address.Endpoint}/{BlobName.Escape(Encoding.UTF8.GetBytes(address.Container))}";
        _containerPath = new Uri(_containerUrl).AbsolutePath;
        _clocks = new RequestClocks(clock);
    }

    /// <summary>Sends a call and returns its answer when it is a success, or <paramref name="also"/>; throws the fault otherwise.</summary>
    public async ValueTask<HttpResponseMessage> SendAsync(BlobCall call, CancellationToken cancel, HttpStatusCode? also = null)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            using var request = MakeRequest(call);
            var presented = await _credential.AuthorizeAsync(request, call, _containerPath, cancel);
            var answer = await SendOnceAsync(request, call, cancel);
            if ((answer.IsSuccessStatusCode && IsDone(call, answer)) || answer.StatusCode == also)
            {
                return answer;
            }

            using (answer)
            {
                if (isFirst && BlobFaults.IsRefusal(answer)
                    && await _credential.RenewAsync(presented, answer.Headers.Date ?? _clock.GetUtcNow(), cancel))
                {
                    continue;
                }

                throw new VolumeException(await FaultOfAsync(answer, call, cancel));
            }
        }
    }

    /// <summary>Sends a call whose answer matters no further than that it is a success.</summary>
    public async ValueTask CallAsync(BlobCall call, CancellationToken cancel)
    {
        using var answer = await SendAsync(call, cancel);
    }

    /// <summary>The first value of a header; null when it is not there.</summary>
    public static string? HeaderOf(HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    /// <summary>Reads an answer's content until the buffer is full or the content ends.</summary>
    public async ValueTask<int> ReadAsync(BlobCall call, HttpResponseMessage answer, Memory<byte> buffer, CancellationToken cancel)
    {
        var clock = _clocks.Start(LimitOf(call), cancel);
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(clock.Token);
            return await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, clock.Token);
        }
        catch (Exception error) when (Translate(error, call, cancel) is { } fault)
        {
            throw new VolumeException(fault, error);
        }
        finally
        {
            _clocks.Stop(clock);
        }
    }

    /// <summary>Lets the caller read an answer's content as a stream, within the call's time limit.</summary>
    public async ValueTask ReadStreamAsync(
        BlobCall call, HttpResponseMessage answer, Func<Stream, CancellationToken, ValueTask> read, CancellationToken cancel)
    {
        var clock = _clocks.Start(LimitOf(call), cancel);
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(clock.Token);
            await read(stream, clock.Token);
        }
        catch (Exception error) when (Translate(error, call, cancel) is { } fault)
        {
            throw new VolumeException(fault, error);
        }
        finally
        {
            _clocks.Stop(clock);
        }
    }

    /// <summary>The fault an exception stands for; null when it is the caller's cancellation or none of the network's.</summary>
    public static VolumeFault? Translate(Exception error, BlobCall call, CancellationToken cancel)
    {
        if (error is OperationCanceledException)
        {
            return cancel.IsCancellationRequested ? null : new(VolumeFaultKind.Timeout,
                $"{Describe(call)}: no response within the time limit.", true);
        }

        return BlobFaults.Of(error, Describe(call));
    }

    private async ValueTask<VolumeFault> FaultOfAsync(HttpResponseMessage answer, BlobCall call, CancellationToken cancel)
    {
        var now = _clock.GetUtcNow();
        var reason = await ReasonOfAsync(answer, call, cancel);
        var fault = BlobFaults.Of(answer, Describe(call), call.Name is null, now, reason);
        return answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.Conflict
            ? fault with { Advice = BlobAdvice.Of(BlobFaults.CodeOf(answer), _credential.Validity, answer.Headers.Date ?? now, now) }
            : fault;
    }

    /// <summary>The reason is worth having, but the answer's status counts without it.</summary>
    private async ValueTask<string> ReasonOfAsync(HttpResponseMessage answer, BlobCall call, CancellationToken cancel)
    {
        try
        {
            var content = new byte[BlobReason.BytesMax];
            var length = await ReadAsync(call, answer, content, cancel);
            return BlobReason.Of(Encoding.UTF8.GetString(content, 0, length));
        }
        catch (VolumeException)
        {
            return "";
        }
    }

    private async ValueTask<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, BlobCall call, CancellationToken cancel)
    {
        var clock = _clocks.Start(LimitOf(call), cancel);
        try
        {
            return await _http.SendAsync(request, clock.Token);
        }
        catch (Exception error) when (Translate(error, call, cancel) is { } fault)
        {
            throw new VolumeException(fault, error);
        }
        finally
        {
            _clocks.Stop(clock);
        }
    }

    private HttpRequestMessage MakeRequest(BlobCall call)
    {
        var request = new HttpRequestMessage(call.Method, new Uri(UrlOf(call), AsWritten));
        var headers = request.Headers;
        headers.TryAddWithoutValidation("x-ms-version", ServiceVersion);
        foreach (var (name, value) in call.Headers)
        {
            headers.TryAddWithoutValidation(name, value);
        }

        if (call.IfMatch is { } tag)
        {
            headers.TryAddWithoutValidation("If-Match", tag);
        }

        if (call.Content is { } content)
        {
            request.Content = new ReadOnlyMemoryContent(content);
            if (call.ContentMd5 is { } md5)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-MD5", md5);
            }
        }
        else if (call.Method == HttpMethod.Put)
        {
            request.Content = new ReadOnlyMemoryContent(default);
        }

        return request;
    }

    private string UrlOf(BlobCall call)
    {
        var separator = call.Query.Length == 0 ? "" : "?";
        return call.Name is null
            ? string.Concat(_containerUrl, separator, call.Query)
            : $"{_containerUrl}/{call.Name}{separator}{call.Query}";
    }

    private TimeSpan LimitOf(BlobCall call)
    {
        var bytes = (call.Content?.Length ?? 0) + call.AnswerBytes;
        return bytes < _options.BytesPerSecondMin
            ? _options.AnswerTimeout
            : _options.AnswerTimeout + TimeSpan.FromSeconds(bytes / _options.BytesPerSecondMin);
    }

    /// <summary>The service says Created of all content that it took; a proxy may say OK in its place.</summary>
    private static bool IsDone(BlobCall call, HttpResponseMessage answer) =>
        call.Content is null || answer.StatusCode is HttpStatusCode.Created;

    private static string Describe(BlobCall call) => $"{call.Method.Method} {call.Name ?? "container"}";
}
