// Reads the meter's bar code from the live camera where the browser can; without it the picture form below does the same.
(() => {
  "use strict";
  const place = document.getElementById("gh-camera");
  if (!place || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;

  const video = document.getElementById("gh-viewfinder");
  const start = document.getElementById("gh-camera-start");
  const fault = document.getElementById("gh-camera-fault");
  const LOOK_EVERY_MS = 250;
  const SERIAL = /^[0-9A-Z][0-9A-Z-]{3,30}[0-9A-Z]$/;
  let stream = null;

  const stop = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
    start.hidden = false;
  };

  const look = async (detector) => {
    if (!stream) return;
    try {
      const found = (await detector.detect(video)).map((one) => one.rawValue.trim().toUpperCase());
      const code = found.find((text) => SERIAL.test(text));
      if (code) {
        stop();
        location.assign(`${place.dataset.next}?code=${encodeURIComponent(code)}`);
        return;
      }
    } catch {
      // A picture that is not there yet: the next one will be.
    }
    setTimeout(look, LOOK_EVERY_MS, detector);
  };

  start.addEventListener("click", async () => {
    fault.hidden = true;
    start.hidden = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      look(new BarcodeDetector());
    } catch {
      stop();
      fault.hidden = false;
    }
  });
  addEventListener("pagehide", stop);

  BarcodeDetector.getSupportedFormats().then((formats) => {
    if (formats.length) place.hidden = false;
  });
})();
