using System.Text;
using Mover.Cli.Frame;
using Mover.Files;

namespace Mover.Cli.Host;

/// <summary>A file that is there while the server serves, with its addresses, one a line: what a script waits for.</summary>
/// <param name="path">The file; null for none.</param>
internal sealed class ReadyFile(string? path)
{
    /// <summary>Takes the file; one that an earlier server has left behind goes before this one starts.</summary>
    public static ReadyFile At(string? path)
    {
        var file = new ReadyFile(path is null ? null : Path.GetFullPath(path));
        file.Remove();
        return file;
    }

    /// <summary>Writes it, whole at once, readable by all, and through no link: it may lie in a folder that others write to.</summary>
    public void Write(IReadOnlyList<string> urls) => Try(file =>
        PrivateFile.Replace(file, Encoding.UTF8.GetBytes(string.Concat(urls.Select(url => url + "\n"))), readableByAll: true));

    /// <summary>Removes it.</summary>
    public void Remove() => Try(File.Delete);

    private void Try(Action<string> act)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            act(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"Cannot write or remove the ready file '{path}': {fault.Message}");
        }
    }
}
