using System.Text;
using Mover.Files;

namespace Mover.Cli.Frame;

/// <summary>What has to be in order before the program does anything: its streams, and how many files it may open.</summary>
internal static class ProcessStart
{
    /// <summary>
    /// Fewer open files than this do not suffice: the program itself starts with 60 to 100, and a transfer has connections, folders and
    /// files open beside them.
    /// </summary>
    public const int OpenFilesMin = 256;

    /// <summary>Readies the streams; answers an exit code when the program cannot run here, with the reason said.</summary>
    public static int? Prepare()
    {
        ProcessFiles.LiftOpenMax();
        if (ProcessFiles.OpenMax is < OpenFilesMin and var most)
        {
            ProcessFiles.Say(
                $"mover: OpenFiles: the limit of open files is {most}, but Mover needs {OpenFilesMin}.\n"
                    + "       Raise the limit: `ulimit -n 4096` in the shell, LimitNOFILE= in a systemd unit, nofile in limits.conf.\n");
            return ExitCodes.NotReady;
        }

        PrepareStreams();
        return null;
    }

    private static void PrepareStreams()
    {
        var taken = ProcessFiles.HoldStandardStreams();
        Console.SetIn(taken.Contains(0) ? TextReader.Null : Console.In);
        Console.SetOut(taken.Contains(1) ? TextWriter.Null : Console.Out);
        Console.SetError(taken.Contains(2) ? TextWriter.Null : TalkStream.OpenWriter());
    }
}

/// <summary>stderr, which nobody may be reading and whose disk may be full: that is no reason to stop what is being done.</summary>
internal sealed class TalkStream(Stream inner) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static TextWriter OpenWriter() =>
        new StreamWriter(new TalkStream(Console.OpenStandardError()), new UTF8Encoding(false)) { AutoFlush = true };

    public override void Flush() => Try(inner.Flush);

    public override void Write(byte[] buffer, int offset, int count) => Try(() => inner.Write(buffer, offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Unheard; the exit code tells how it went.
        }
    }
}
