using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Mover.Conformance.Contract;

namespace Mover.Testing;

/// <summary>
/// One exchange on its way through a server. An answer is judged before its last byte goes out; one whose end is not known before, when the
/// server is done with it; one whose client has gone is none. Nothing is held back or changed.
/// </summary>
internal sealed class WatchedExchange
{
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private readonly HttpContext _context;
    private readonly ContractWatch _watch;
    private readonly string _target;
    private readonly KeepingStream _asked;
    private readonly KeepingStream _answered;
    private bool _isJudged;

    public WatchedExchange(HttpContext context, ContractWatch watch)
    {
        (_context, _watch) = (context, watch);
        _target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var answer = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        _asked = new(context.Request.Body);
        _answered = new(answer.Stream, Writing);
        context.Request.Body = _asked;
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(_answered, answer));

        // Of these callbacks the first to be registered is the last to run: it sees the headers as they are sent.
        context.Response.OnStarting(() =>
        {
            if (IsWhole)
            {
                Judge();
            }

            return Task.CompletedTask;
        });
    }

    /// <summary>The server is done with it.</summary>
    public void End() => Judge();

    // Without a length, an answer that begins with nothing is one that has no body, unless somebody asked for its beginning.
    private bool IsWhole => _context.Response.ContentLength is { } length
        ? length == _answered.Passed
        : _answered is { Passed: 0, IsFlushed: false };

    private void Writing()
    {
        if (_context.Response.HasStarted && _answered.Passed == _context.Response.ContentLength)
        {
            Judge();
        }
    }

    private void Judge()
    {
        if (_isJudged || _context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        _isJudged = true;
        try
        {
            _watch.Judge(Read());
        }
        catch (Exception fault)
        {
            _watch.NoteBroken($"{_context.Request.Method} {_target} could not be judged: {fault}");
        }
    }

    private Exchange Read() => new()
    {
        Method = _context.Request.Method.ToUpperInvariant(),
        Url = new($"{_context.Request.Scheme}://{Host()}{_target}", AsWritten),
        RequestHeaders = Named(_context.Request.Headers.Where(IsShown)),
        RequestBody = _asked.Passed == 0 ? null : Asked(),
        Status = _context.Response.StatusCode,
        Headers = Named(_context.Response.Headers),
        Body = Encoding.UTF8.GetString(_answered.Kept),
    };

    // Broken Punycode cannot be read as a host.
    private string Host()
    {
        try
        {
            return _context.Request.Host is { HasValue: true } host ? host.ToString() : "localhost";
        }
        catch (ArgumentException)
        {
            return "localhost";
        }
    }

    // What a client has compressed is held to the definitions as it was before.
    private string Asked()
    {
        if (!_context.Request.Headers.ContentEncoding.ToString().Equals("gzip", StringComparison.OrdinalIgnoreCase))
        {
            return Encoding.UTF8.GetString(_asked.Kept);
        }

        try
        {
            using var unzipped = new StreamReader(
                new GZipStream(new MemoryStream(_asked.Kept.ToArray()), CompressionMode.Decompress), Encoding.UTF8);
            return unzipped.ReadToEnd();
        }
        catch (InvalidDataException)
        {
            return Encoding.UTF8.GetString(_asked.Kept);
        }
    }

    private static bool IsShown(KeyValuePair<string, StringValues> header) =>
        !header.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, string> Named(IEnumerable<KeyValuePair<string, StringValues>> headers) =>
        headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
}
