using System.Buffers;
using System.Globalization;
using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

internal enum XmlToken
{
    /// <summary>The buffer holds no whole token: fill it and ask again.</summary>
    NeedsMore,
    Start,
    Text,
    End,
}

/// <summary>
/// A forward-only reader of the plain XML that the Blob service answers with: UTF-8, elements, attributes, text and the predefined
/// and numeric entities. Declarations and comments are passed over; document types are refused. Memory is one window, whatever the
/// document's length. Spans are valid until the next call.
/// </summary>
internal sealed class Utf8XmlReader(Stream stream) : IDisposable
{
    private const int WindowBytes = 64 * 1024;

    /// <summary>No name or value of a listing comes near this; a longer token is a broken answer.</summary>
    private const int WindowBytesMax = 1024 * 1024;

    private byte[] _window = ArrayPool<byte>.Shared.Rent(WindowBytes);
    private int _start;
    private int _end;
    private bool _isAtEnd;
    private bool _endsAtOnce;
    private Range _name;
    private Range _attributes;
    private Range _text;

    /// <summary>The element's name, after <see cref="XmlToken.Start"/> and <see cref="XmlToken.End"/>.</summary>
    public ReadOnlySpan<byte> Name => _window.AsSpan(_name);

    /// <summary>The element's attributes as written, after <see cref="XmlToken.Start"/>.</summary>
    public ReadOnlySpan<byte> Attributes => _window.AsSpan(_attributes);

    /// <summary>The decoded text, after <see cref="XmlToken.Text"/>.</summary>
    public ReadOnlySpan<byte> Text => _window.AsSpan(_text);

    /// <summary>The next token of what is buffered.</summary>
    public XmlToken Read()
    {
        if (_endsAtOnce)
        {
            _endsAtOnce = false;
            return XmlToken.End;
        }

        while (_start < _end)
        {
            var rest = _window.AsSpan(_start.._end);
            if (rest[0] != '<')
            {
                return ReadText(rest);
            }

            var close = CloseOf(rest);
            if (close < 0)
            {
                return XmlToken.NeedsMore;
            }

            var at = _start;
            _start += close + 1;
            switch (rest[1])
            {
                case (byte)'?' or (byte)'!':
                    continue;
                case (byte)'/':
                    _name = (at + 2)..(at + close);
                    return XmlToken.End;
                default:
                    ReadStart(at + 1, at + close);
                    return XmlToken.Start;
            }
        }

        return XmlToken.NeedsMore;
    }

    /// <summary>Buffers more of the stream; false at its end.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancel)
    {
        if (_isAtEnd)
        {
            return _start < _end ? throw Broken("it ends inside an element") : false;
        }

        _window.AsSpan(_start.._end).CopyTo(_window);
        (_start, _end) = (0, _end - _start);
        if (_end == _window.Length)
        {
            Grow();
        }

        var read = await stream.ReadAsync(_window.AsMemory(_end), cancel);
        _end += read;
        _isAtEnd = read == 0;
        return !_isAtEnd || _start < _end;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_window);
        _window = [];
    }

    private static VolumeException Broken(string why) =>
        new(new VolumeFault(VolumeFaultKind.Io, $"The Blob service's response is not valid XML: {why}.", true));

    /// <summary>Where the markup that starts the span closes; -1 when that is not buffered yet.</summary>
    private static int CloseOf(ReadOnlySpan<byte> markup)
    {
        if (markup.StartsWith("<!--"u8))
        {
            var end = markup.IndexOf("-->"u8);
            return end < 0 ? -1 : end + 2;
        }

        if (markup.StartsWith("<!D"u8) || markup.StartsWith("<![C"u8))
        {
            throw Broken("it has a document type or raw text");
        }

        for (var at = 1; ;)
        {
            var next = markup[at..].IndexOfAny((byte)'>', (byte)'"', (byte)'\'');
            if (next < 0 || markup[at + next] == '>')
            {
                return next < 0 || at + next < 2 ? -1 : at + next;
            }

            var quote = markup[at + next];
            var closing = markup[(at + next + 1)..].IndexOf(quote);
            if (closing < 0)
            {
                return -1;
            }

            at += next + closing + 2;
        }
    }

    private void Grow()
    {
        if (_window.Length >= WindowBytesMax)
        {
            throw Broken("one element is longer than a megabyte");
        }

        var wider = ArrayPool<byte>.Shared.Rent(_window.Length * 2);
        _window.AsSpan(0, _end).CopyTo(wider);
        ArrayPool<byte>.Shared.Return(_window);
        _window = wider;
    }

    private void ReadStart(int from, int to)
    {
        _endsAtOnce = _window[to - 1] == '/';
        to = _endsAtOnce ? to - 1 : to;
        var space = _window.AsSpan(from..to).IndexOfAny((byte)' ', (byte)'\n', (byte)'\t');
        _name = space < 0 ? from..to : from..(from + space);
        _attributes = space < 0 ? to..to : (from + space + 1)..to;
    }

    private XmlToken ReadText(Span<byte> rest)
    {
        var length = rest.IndexOf((byte)'<');
        if (length < 0)
        {
            if (!_isAtEnd)
            {
                return XmlToken.NeedsMore;
            }

            length = rest.Length;
        }

        var decoded = rest[..length].Contains((byte)'&') ? Decode(rest[..length]) : length;
        _text = _start..(_start + decoded);
        _start += length;
        return XmlToken.Text;
    }

    /// <summary>Replaces entities in place; what they stand for is never longer than they are. Returns the new length.</summary>
    private static int Decode(Span<byte> text)
    {
        var to = 0;
        for (var from = 0; from < text.Length;)
        {
            if (text[from] != '&')
            {
                text[to++] = text[from++];
                continue;
            }

            var length = text[from..].IndexOf((byte)';');
            if (length < 0)
            {
                throw Broken("an entity is not terminated");
            }

            var rune = RuneOf(text[(from + 1)..(from + length)]);
            to += rune.EncodeToUtf8(text[to..]);
            from += length + 1;
        }

        return to;
    }

    private static Rune RuneOf(ReadOnlySpan<byte> entity)
    {
        if (entity.Length > 1 && entity[0] == '#')
        {
            var isHex = entity[1] is (byte)'x' or (byte)'X';
            var digits = isHex ? entity[2..] : entity[1..];
            var style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
            return int.TryParse(digits, style, CultureInfo.InvariantCulture, out var value) && Rune.TryCreate(value, out var rune)
                ? rune
                : throw Broken("a character reference is invalid");
        }

        return entity switch
        {
            [(byte)'a', (byte)'m', (byte)'p'] => new Rune('&'),
            [(byte)'l', (byte)'t'] => new Rune('<'),
            [(byte)'g', (byte)'t'] => new Rune('>'),
            [(byte)'q', (byte)'u', (byte)'o', (byte)'t'] => new Rune('"'),
            [(byte)'a', (byte)'p', (byte)'o', (byte)'s'] => new Rune('\''),
            _ => throw Broken("it has an unknown entity"),
        };
    }
}
